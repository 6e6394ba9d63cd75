import type { Problem } from '@towpath/errors';
import { compareVersions } from '@towpath/tags';
import type { EnvironmentEntry } from './environment-entry.ts';

type Image = EnvironmentEntry['images'][number];

/** What a run changes in an environment. Plain data, so that a plan can contain it. */
export interface EntryRequest extends Omit<EnvironmentEntry, 'schemaVersion' | 'number'> {
  /** The images that the run delivers. */
  readonly images: EnvironmentEntry['images'];
  /**
   * The other images of the environment that stay as they are: `all`, or those with these names. Images of the last
   * entry that are neither delivered nor kept leave the environment.
   */
  readonly keeps: 'all' | readonly string[];
  /** Whether an older version may replace a newer one. */
  readonly allowOlder: boolean;
  /** When versions were published, as ISO 8601. It orders versions that are not semantic versions. */
  readonly published: Readonly<Record<string, string>>;
}

/** The entry to write; undefined if the environment already has this set. */
export interface NextEntry {
  readonly entry: EnvironmentEntry | undefined;
  readonly problems: readonly Problem[];
}

/**
 * Plans the entry that follows the last entry of an environment. A run calls it again if another run was faster.
 *
 * @param last undefined if the environment has no entries
 */
export function nextEntry(
  { keeps, allowOlder, published, ...request }: EntryRequest,
  last: EnvironmentEntry | undefined,
): NextEntry {
  const delivered = new Set(request.images.map(({ name }) => name));
  const kept = (last?.images ?? []).filter(
    ({ name }) => !delivered.has(name) && (keeps === 'all' || keeps.includes(name)),
  );
  const images = [...request.images, ...kept].sort((one, other) => (one.name < other.name ? -1 : 1));
  if (last !== undefined && isSameImages(images, last.images)) return { entry: undefined, problems: [] };
  const isFree = allowOlder || request.kind === 'rollback' || request.kind === 'adoption';
  return {
    entry: { schemaVersion: 1, number: (last?.number ?? 0) + 1, ...request, images },
    problems: isFree || last === undefined ? [] : olderProblems(request, last, published),
  };
}

/** Returns whether two sets have the same images in the same versions. Verdicts may differ. */
export function isSameImages(one: readonly Image[], other: readonly Image[]): boolean {
  const lines = (images: readonly Image[]) =>
    images
      .map(({ name, repository, digest, version }) => `${name} ${repository}@${digest} ${version}`)
      .sort();
  return JSON.stringify(lines(one)) === JSON.stringify(lines(other));
}

/** Returns a problem for each version of the environment that is newer than the one that would replace it. */
function olderProblems(
  { environment, images }: Pick<EnvironmentEntry, 'environment' | 'images'>,
  last: EnvironmentEntry,
  published: EntryRequest['published'],
): readonly Problem[] {
  const replaced = images.flatMap((image) => {
    const before = last.images.find(({ name }) => name === image.name);
    return before === undefined || before.digest === image.digest || !isOlder(image, before, published)
      ? []
      : [{ image, before }];
  });
  const versions = Map.groupBy(replaced, ({ before }) => before.version);
  return [...versions].map(([version, pairs]) => {
    const [first] = pairs;
    const names = pairs.map(({ image }) => image.name).join(', ');
    return {
      code: 'older-version',
      message: `${environment} runs ${version} of ${names} (entry ${last.number}${last.run === undefined ? '' : ` of ${last.run}`}), which is newer than ${first?.image.version ?? ''}.`,
      hint: 'To return to an earlier set, use rollback: true. To promote the older version, set allow-older: true.',
    };
  });
}

function isOlder(image: Image, before: Image, published: EntryRequest['published']): boolean {
  const order = compareVersions(image.version, before.version);
  if (order !== undefined) return order < 0;
  const [ours, theirs] = [published[image.version], published[before.version]];
  return ours !== undefined && theirs !== undefined && Date.parse(ours) < Date.parse(theirs);
}

/**
 * Returns the entry that an environment returns to: the one before the current set, as the environment was before it.
 * Sets that were rolled back are skipped, so that a second rollback goes back further.
 *
 * @param history the newest first
 * @param version the version to return to. Default: the previous set
 * @returns undefined if the history has no such set
 */
export function rollbackTarget(
  history: readonly EnvironmentEntry[],
  version?: string,
): EnvironmentEntry | undefined {
  const byNumber = new Map(history.map((entry) => [entry.number, entry]));
  const [current] = history;
  if (current === undefined) return undefined;
  if (version !== undefined)
    return history.find(
      (entry) =>
        entry.kind !== 'rollback' && entry.version === version && !isSameImages(entry.images, current.images),
    );
  let entry = origin(current, byNumber);
  while (entry !== undefined) {
    entry = origin(byNumber.get(entry.number - 1), byNumber);
    if (entry !== undefined && !isSameImages(entry.images, current.images)) return entry;
  }
  return undefined;
}

/** Returns the entry whose set a rollback restored; other entries themselves. The number falls with every step. */
function origin(
  entry: EnvironmentEntry | undefined,
  byNumber: ReadonlyMap<number, EnvironmentEntry>,
): EnvironmentEntry | undefined {
  let one = entry;
  while (one?.kind === 'rollback' && one.restores !== undefined && one.restores < one.number)
    one = byNumber.get(one.restores);
  return one;
}
