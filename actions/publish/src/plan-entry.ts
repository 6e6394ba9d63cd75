import { isChange } from '@towpath/delivery';
import type { Problem } from '@towpath/errors';
import {
  hasIntent,
  isSameSet,
  listedDigests,
  maxIntents,
  tooManyIntents,
  versionTaken,
  type Intent,
  type Ledger,
  type LedgerEntry,
  type Release,
  type ReleasedImage,
} from '@towpath/ledger';
import type { PublishFacts } from './facts.ts';
import type { PublishInputs } from './inputs.ts';
import type { PlannedImage } from './plan-image.ts';

/** The planned writes to the ledger of one registry. */
export interface PlannedEntry {
  readonly ledger: Pick<Ledger, 'state' | 'location'>;
  /** The version, if the ledger already has its release. */
  readonly kept?: string;
  /** The numbers of the version's existing intents. */
  readonly takenIntents: readonly number[];
  /** Written first. Undefined: there is no ledger, or it already lists everything that gets a tag. */
  readonly intent?: Intent;
  /** Written last. Undefined: it already exists, there is no ledger, or the set is not complete. */
  readonly release?: Release;
}

/** Plans the writes to the ledger of a registry: an intent before the first tag and a release after the last. */
export function planEntry(
  { createRepository }: Pick<PublishInputs, 'createRepository'>,
  facts: PublishFacts,
  { state, location }: Ledger,
  entry: LedgerEntry,
  planned: readonly PlannedImage[],
): { readonly planned: PlannedEntry; readonly problems: readonly Problem[] } {
  const images = planned.map(releasedImage);
  const taken = takenBy(entry, images, facts);
  const known = {
    ledger: { state, location },
    takenIntents: [...entry.intents.keys()],
    ...(entry.release !== undefined && { kept: entry.release.version }),
  };
  if (state !== 'kept' && !(state === 'absent' && createRepository))
    return { planned: known, problems: taken };
  const { version, run, now } = facts;
  const { repository, revision, ref } = facts.source;
  const common = {
    schemaVersion: 1 as const,
    version,
    run,
    source: { repository, revision, ref },
    images: [...images],
  };
  const release: Release = { ...common, published: now.toISOString() };
  const intent: Intent = { ...common, when: now.toISOString() };
  const isListed = images.every((image) => listedDigests(entry, image).has(image.digest));
  const needsIntent = planned.some(isChange) && !isListed && !hasIntent(entry, intent);
  const isFull = needsIntent && entry.intents.size >= maxIntents;
  return {
    planned: {
      ...known,
      ...(needsIntent && { intent }),
      ...(facts.whole && entry.release === undefined && { release }),
    },
    problems: [...taken, ...(isFull ? tooManyIntents(version).problems : [])],
  };
}

function releasedImage({ name, location, root, built, doubt }: PlannedImage): ReleasedImage {
  return {
    name,
    repository: location.repository,
    digest: root.digest,
    fingerprint: built.fingerprint,
    ...(doubt === undefined && { verified: true }),
  };
}

/**
 * Returns the problem that the version was released with different images. If only some images are published, only
 * those are compared.
 */
function takenBy(
  { release }: LedgerEntry,
  images: readonly ReleasedImage[],
  { version, run, whole }: PublishFacts,
): readonly Problem[] {
  if (release === undefined) return [];
  const before = whole
    ? release.images
    : release.images.filter(({ name }) => images.some((image) => image.name === name));
  return isSameSet(before, images)
    ? []
    : versionTaken(release, { version, run, images: [...images] }).problems;
}
