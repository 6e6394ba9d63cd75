import type { Digest } from '@towpath/reference';
import { decide, parsePolicy } from '../access/policy.ts';
import { repositoryArn } from '../access/arn.ts';
import { rootOf } from '../access/caller.ts';
import type { Clock } from '../clock.ts';
import { Refusal } from '../refusal.ts';
import { repositoryFor } from '../registry/creation-template.ts';
import { deleteImages } from '../registry/delete-images.ts';
import type { ImageIdentifier } from '../registry/exceptions.ts';
import { putImage } from '../registry/put-image.ts';
import type { ReplicationStatus } from '../registry/record.ts';
import type { Registry } from '../registry/registry.ts';
import type { ReplicationSettings } from '../registry/settings.ts';
import type { Repository, RegistryLocation } from '../registry/repository.ts';
import { scansOnPush } from '../scan/state.ts';

/** Returns the destinations of a repository by the rules of its registry. A rule without filters applies to all. */
export function destinationsOf(registry: Registry, name: string): RegistryLocation[] {
  return destinationsIn(rulesFor(registry, name));
}

function rulesFor({ settings }: Registry, name: string): ReplicationSettings['rules'] {
  return settings.replication.rules.filter(
    ({ repositoryFilters = [] }) =>
      repositoryFilters.length === 0 || repositoryFilters.some(({ filter }) => name.startsWith(filter)),
  );
}

function destinationsIn(rules: ReplicationSettings['rules']): RegistryLocation[] {
  const all = rules.flatMap(({ destinations }) =>
    destinations.map(({ registryId, region }) => ({ account: registryId, region })),
  );
  return [...new Map(all.map((one) => [locationKey(one), one])).values()];
}

/** Returns the key of a destination in an image's record. */
export function locationKey({ account, region }: RegistryLocation): string {
  return `${account}/${region}`;
}

/** All private registries, and the clock that they share. */
interface Registries {
  readonly clock: Clock;
  readonly registries: readonly Registry[];
  registry(location: RegistryLocation): Registry | undefined;
}

/**
 * Copies pushed images to other registries after a delay. Copies are not replicated further. A replication that was
 * running when the emulator ended starts again with the emulator.
 */
export class Replicator {
  readonly #ecr: Registries;
  readonly #delay: number;
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #running = new Set<Promise<void>>();
  readonly #onDefect: (error: unknown) => void;

  /** @param delay the delay in milliseconds of real time */
  constructor(ecr: Registries, delay: number, onDefect: (error: unknown) => void) {
    this.#ecr = ecr;
    this.#delay = delay;
    this.#onDefect = onDefect;
  }

  /** Starts the replication of a pushed image. */
  async pushed(registry: Registry, repository: Repository, digest: Digest): Promise<void> {
    for (const location of destinationsOf(registry, repository.name)) {
      await setStatus(repository, digest, location, { status: 'IN_PROGRESS' });
      this.#schedule(registry, repository, digest, location);
    }
  }

  /** Starts the replication of an image to one destination, as a back-fill does. */
  async backfill(
    registry: Registry,
    repository: Repository,
    digest: Digest,
    location: RegistryLocation,
  ): Promise<void> {
    await setStatus(repository, digest, location, { status: 'IN_PROGRESS' });
    this.#schedule(registry, repository, digest, location);
  }

  /** Deletes images and tags in the destinations of the rules that replicate deletions. */
  async deleted(registry: Registry, name: string, ids: readonly ImageIdentifier[]): Promise<void> {
    const rules = rulesFor(registry, name).filter(
      ({ deleteReplication }) => deleteReplication?.enabled === true,
    );
    const left = registry.find(name)?.record.images ?? {};
    for (const location of destinationsIn(rules)) {
      const copy = this.#ecr.registry(location)?.find(name);
      if (copy === undefined) continue;
      const gone = ids.map(({ imageDigest, imageTag }) =>
        imageDigest !== undefined && !Object.hasOwn(left, imageDigest) ? { imageDigest } : { imageTag },
      );
      await deleteImages(copy, gone);
    }
  }

  /** Starts all replications again that were running when the emulator ended. */
  resume(): void {
    for (const registry of this.#ecr.registries) {
      for (const repository of registry.repositories) {
        for (const [digest, { replication = {} }] of Object.entries(repository.record.images)) {
          for (const [key, { status }] of Object.entries(replication)) {
            const [account = '', region = ''] = key.split('/');
            const location = { account, region };
            if (status === 'IN_PROGRESS') this.#schedule(registry, repository, digest as Digest, location);
          }
        }
      }
    }
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    await Promise.all(this.#running);
  }

  #schedule(registry: Registry, repository: Repository, digest: Digest, location: RegistryLocation): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      const run = this.#replicate(registry, repository, digest, location)
        .catch((error: unknown) => {
          // The repository was removed meanwhile, so the status cannot be set.
          if (!(error instanceof Refusal)) this.#onDefect(error);
        })
        .finally(() => this.#running.delete(run));
      this.#running.add(run);
    }, this.#delay);
    this.#timers.add(timer);
  }

  async #replicate(
    source: Registry,
    repository: Repository,
    digest: Digest,
    location: RegistryLocation,
  ): Promise<void> {
    const target = this.#ecr.registry(location);
    const failureCode = failureOf(source, target, repository.name);
    if (target === undefined || failureCode !== undefined) {
      await setStatus(repository, digest, location, { status: 'FAILED', failureCode: failureCode ?? '' });
      return;
    }
    try {
      const now = this.#ecr.clock.now();
      const copy = await repositoryFor(target, repository.name, 'REPLICATION', now);
      await copyImage(repository, copy, digest, now, scansOnPush(copy.record, target.settings));
      await setStatus(repository, digest, location, { status: 'COMPLETE' });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      await setStatus(repository, digest, location, { status: 'FAILED', failureCode: error.exception });
    }
  }
}

/** Returns the reason to reject a replication, or undefined. The policy of a registry must allow another account. */
function failureOf(source: Registry, target: Registry | undefined, name: string): string | undefined {
  if (target === undefined) return 'DestinationRegistryNotFound';
  if (target.account === source.account) return undefined;
  const policies =
    target.settings.policy === undefined ? [] : [parsePolicy(target.settings.policy, 'registry')];
  const caller = rootOf(source.account, source.region);
  const question = { caller, resource: repositoryArn(target, name), byAccount: true };
  const actions = [
    'ecr:ReplicateImage',
    ...(target.find(name) === undefined ? ['ecr:CreateRepository'] : []),
  ];
  const allowed = actions.every((action) => decide(policies, { ...question, action }) === 'allow');
  return allowed ? undefined : 'AccessDenied';
}

/** Copies an image with all its tags, after its children. */
async function copyImage(
  source: Repository,
  target: Repository,
  digest: Digest,
  now: number,
  scan: boolean,
): Promise<void> {
  const image = source.record.images[digest];
  if (image === undefined) return;
  for (const child of image.children) await copyImage(source, target, child, now, scan);
  for (const blob of image.blobs) {
    if (!target.layers.has(blob.digest)) await target.shareLayer(blob.digest, source);
  }
  const pushed = { bytes: await source.readManifest(digest), mediaType: image.mediaType, digest };
  const tags = Object.keys(source.record.tags).filter((tag) => source.record.tags[tag] === digest);
  for (const tag of [undefined, ...tags]) await putImage(target, { ...pushed, tag }, now, scan);
}

async function setStatus(
  repository: Repository,
  digest: Digest,
  location: RegistryLocation,
  status: ReplicationStatus,
): Promise<void> {
  await repository.updateImage(digest, (image) => ({
    ...image,
    replication: { ...image.replication, [locationKey(location)]: status },
  }));
}
