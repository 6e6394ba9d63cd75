import type { Finding } from '@towpath/findings';
import type { JudgedImage } from '@towpath/gate';
import { md, type Content } from '@towpath/markdown';
import type { AcceptedFinding, DeferredFinding, StaleIgnore } from '@towpath/scan-policy';
import { cut, findingLink, listedSubjects, packageOf, ratingOf } from './cells.ts';
import type { Affected } from './upgrades.ts';

/** An entry with the images and platforms that have it. */
export interface Merged<T> {
  readonly entry: T;
  readonly subjects: readonly Affected[];
}

/** Returns the accepted findings, the first to end first. The same finding in several images is one entry. */
export function acceptedIn(images: readonly JudgedImage[]): readonly Merged<AcceptedFinding>[] {
  const all = merged(
    images,
    ({ accepted }) => accepted,
    ({ reason, until = '' }) => [reason, until],
  );
  return all.toSorted(({ entry: one }, { entry: other }) => compare(one.until ?? '9', other.until ?? '9'));
}

export function acceptedRow({ entry, subjects }: Merged<AcceptedFinding>): readonly Content[] {
  return [
    md`${findingLink(entry.finding)} (${ratingOf(entry.finding)})`,
    packageOf(entry.finding),
    entry.until === undefined ? 'no end' : dayOf(entry.until),
    describeReason(entry),
    listedSubjects(subjects),
  ];
}

function describeReason({ by, reason, owner }: AcceptedFinding): Content {
  const source = by === 'vex' ? 'VEX: ' : '';
  return md`${source}${cut(reason)}${owner === undefined ? '' : ` (${cut(owner)})`}`;
}

/** Returns the findings that fail later, the first to fail first. */
export function deferredIn(images: readonly JudgedImage[]): readonly Merged<DeferredFinding>[] {
  const all = merged(
    images,
    ({ deferred }) => deferred,
    ({ until }) => [until],
  );
  return all.toSorted(({ entry: one }, { entry: other }) => compare(one.until, other.until));
}

export function deferredRow({ entry, subjects }: Merged<DeferredFinding>): readonly Content[] {
  const { finding, until } = entry;
  return [
    md`${findingLink(finding)} (${ratingOf(finding)})`,
    packageOf(finding),
    dayOf(until),
    listedSubjects(subjects),
  ];
}

export function staleRow({ ignore, state, why }: StaleIgnore): readonly Content[] {
  return [cut(describeIgnore(ignore)), state, cut(why)];
}

function describeIgnore({ id, package: pattern, path, image, position }: StaleIgnore['ignore']): string {
  const parts = [id, pattern && `package ${pattern.name}`, path && `path ${path}`, image && `image ${image}`];
  const where = position === undefined ? '' : ` (${position.file}:${position.line ?? 1})`;
  return `${parts.filter((part) => part !== undefined).join(', ')}${where}`;
}

/** Merges equal entries of several images and platforms. */
function merged<T extends { readonly finding: Finding }>(
  images: readonly JudgedImage[],
  entries: (judgement: JudgedImage['subjects'][number]['judgement']) => readonly T[],
  detail: (entry: T) => readonly string[],
): readonly Merged<T>[] {
  const found = new Map<string, { readonly entry: T; readonly subjects: Affected[] }>();
  for (const subject of images.flatMap((image) => image.subjects)) {
    for (const entry of entries(subject.judgement)) {
      const { id, package: affected } = entry.finding;
      const key = JSON.stringify([id, affected?.name, affected?.version, ...detail(entry)]);
      const group = found.get(key) ?? { entry, subjects: [] };
      group.subjects.push({ image: subject.image, platform: subject.platform });
      found.set(key, group);
    }
  }
  return [...found.values()];
}

function dayOf(date: string): string {
  return date.slice(0, 10);
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
