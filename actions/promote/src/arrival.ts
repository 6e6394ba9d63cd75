import { pushTimes } from '@towpath/ecr';
import { entryTag, releaseTag, type EnvironmentEntry, type FoundImage, type History } from '@towpath/ledger';
import type { Digest, RepositoryRef } from '@towpath/reference';
import type { Session } from '@towpath/session';

/** When the images of a version came to their source, and whether they left it. */
export interface Arrival {
  /** As ISO 8601; undefined if it is unknown. */
  readonly since: string | undefined;
  /** When a rollback removed one of the images, as ISO 8601; undefined if there was none. */
  readonly until?: string;
}

/** A document in a ledger that proves an arrival or a removal. */
interface Evidence {
  readonly tag: string;
  /** The tags of documents that were stored before it, such as the entries with lower numbers. */
  readonly after: readonly string[];
  /** The time that the document states, as ISO 8601. */
  readonly stated: string;
}

/** The documents that prove an arrival. */
export interface ArrivalEvidence {
  readonly since: Evidence | undefined;
  readonly until?: Evidence;
}

type Images = readonly Pick<FoundImage, 'image' | 'root'>[];

/** Returns whether an entry lists an image with this digest. */
export function hasImage({ images }: EnvironmentEntry, name: string, digest: Digest): boolean {
  return images.some((image) => image.name === name && image.digest === digest);
}

/**
 * Finds the entry with which the last of the images came to an environment, and the first rollback that removed one of
 * them. An image came with the first entry of the latest run of entries that list it.
 *
 * @param history the newest first
 */
export function findArrival(images: Images, history: History): ArrivalEvidence {
  const spans = images.map(({ image, root }) => {
    const has = (entry: EnvironmentEntry) => hasImage(entry, image.name, root.digest);
    const newest = history.findIndex(has);
    const before = history.findIndex((entry, index) => index > newest && !has(entry));
    return { newest, oldest: before === -1 ? history.length - 1 : before - 1 };
  });
  const last = Math.min(...spans.map(({ newest, oldest }) => (newest === -1 ? -1 : oldest)));
  const removals = spans
    .map(({ newest }) => history[newest - 1])
    .filter((entry) => entry?.kind === 'rollback')
    .toSorted((one, other) => (one?.number ?? 0) - (other?.number ?? 0));
  const [until] = removals;
  const earlier = last === -1 ? [] : history.slice(last + 1);
  return {
    since: evidenceOf(history[last], earlier),
    ...(until !== undefined && { until: evidenceOf(until) }),
  };
}

function evidenceOf(
  entry: EnvironmentEntry | undefined,
  earlier: readonly EnvironmentEntry[] = [],
): Evidence | undefined {
  return entry && { tag: tagOf(entry), after: earlier.map(tagOf), stated: entry.when };
}

function tagOf({ environment, number }: EnvironmentEntry): string {
  return entryTag(environment, number);
}

/** Returns the evidence that a version was published. */
export function publicationOf(
  release: { readonly version: string; readonly published: string } | undefined,
): ArrivalEvidence {
  return { since: release && { tag: releaseTag(release.version), after: [], stated: release.published } };
}

/** Returns the times that the documents state. They are claims of the runs that wrote them. */
export function statedArrival({ since, until }: ArrivalEvidence): Arrival {
  return { since: since?.stated, ...(until !== undefined && { until: until.stated }) };
}

/**
 * Returns the times at which ECR stored the documents. A run with a wrong clock, or one that states another time, cannot
 * change them. ECR keeps the time of a manifest that was pushed long before it got its tag, so an entry counts from the
 * latest time of all entries up to it.
 *
 * @throws CodedError `access-denied` if the role may not describe the images of the ledger
 */
export async function storedArrival(
  { since, until }: ArrivalEvidence,
  { registry, repository }: RepositoryRef,
  session: Session,
): Promise<Arrival> {
  const tags = [since, until].flatMap((one) => (one === undefined ? [] : [one.tag, ...one.after]));
  if (registry.kind === 'public' || tags.length === 0) return { since: undefined };
  const times = await pushTimes(session.ecr(registry), repository, tags);
  const timeOf = (one: Evidence | undefined) => {
    const stored = one && [one.tag, ...one.after].map((tag) => times.get(tag)?.getTime() ?? NaN);
    const latest = Math.max(...(stored ?? [NaN]));
    return Number.isNaN(latest) ? undefined : new Date(latest).toISOString();
  };
  return { since: timeOf(since), ...(until !== undefined && { until: timeOf(until) ?? until.stated }) };
}
