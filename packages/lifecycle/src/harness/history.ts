import { evaluateLifecycle, parseLifecyclePolicy, type Image } from '@towpath/ecr-emulator';
import { createHash } from 'node:crypto';
import { policyText, type LifecycleRule } from '../rule.ts';

const day = 24 * 60 * 60 * 1000;

/** A repository whose images appear, get tags and expire over time. */
export class History {
  readonly #images = new Map<string, Image>();
  #now = 0;

  /** The names of the images that expired, in order. */
  readonly expired: string[] = [];

  get today(): number {
    return this.#now / day;
  }

  push(name: string, tags: readonly string[], subject?: string): void {
    for (const tag of tags) this.untag(tag);
    this.#now += 1;
    this.#images.set(name, {
      digest: digestOf(name),
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      size: 1,
      blobs: [],
      children: [],
      tags: [...tags].sort(),
      pushedAt: this.#now,
      ...(subject !== undefined && { subject: digestOf(subject) }),
    });
  }

  tag(name: string, ...tags: readonly string[]): void {
    for (const tag of tags) this.untag(tag);
    const image = this.#images.get(name);
    if (image !== undefined)
      this.#images.set(name, { ...image, tags: [...new Set([...image.tags, ...tags])].sort() });
  }

  untag(tag: string): void {
    for (const [name, image] of this.#images)
      if (image.tags.includes(tag))
        this.#images.set(name, { ...image, tags: image.tags.filter((one) => one !== tag) });
  }

  has(name: string): boolean {
    return this.#images.has(name);
  }

  /** Lets days pass. ECR applies the rules once a day. */
  pass(days: number, rules: readonly LifecycleRule[]): void {
    const policy = rules.length === 0 ? { rules: [] } : parseLifecyclePolicy(policyText(rules));
    for (let passed = 0; passed < days; passed += 1) {
      this.#now += day;
      const gone = new Set(
        evaluateLifecycle(policy, [...this.#images.values()], this.#now)
          .filter(({ action }) => action === 'expire')
          .map(({ digest }) => digest as string),
      );
      for (const [name, { digest }] of this.#images)
        if (gone.has(digest)) {
          this.#images.delete(name);
          this.expired.push(name);
        }
    }
  }
}

function digestOf(name: string): Image['digest'] {
  return `sha256:${createHash('sha256').update(name).digest('hex')}` as Image['digest'];
}
