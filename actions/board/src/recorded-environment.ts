import type { EnvironmentEntry, Release, SurveyedEnvironment } from '@towpath/ledger';
import type { ConfiguredEnvironment } from './configured-environment.ts';
import type { ReadLedger } from './ledgers.ts';

/** An environment and the ledger that has its entries. */
export interface RecordedEnvironment {
  readonly ledger: ReadLedger;
  readonly environment: SurveyedEnvironment;
  readonly configured: ConfiguredEnvironment | undefined;
}

/** An image in an entry. */
export type EntryImage = EnvironmentEntry['images'][number];

/** The entry that brought an image. */
export interface Arrival {
  readonly entry: EnvironmentEntry;
  /** Whether an earlier entry that was not read may have brought it. */
  readonly isOlder: boolean;
}

/**
 * Returns the oldest entry since which an environment has had a digest without interruption.
 *
 * @param image an image of the newest entry
 */
export function arrivalOf(
  { name, digest }: Pick<EntryImage, 'name' | 'digest'>,
  { history, isComplete }: SurveyedEnvironment,
): Arrival {
  const has = ({ images }: EnvironmentEntry) =>
    images.some((image) => image.name === name && image.digest === digest);
  const end = history.findIndex((entry) => !has(entry));
  const entry = history[(end < 0 ? history.length : end) - 1];
  if (entry === undefined) throw new Error(`${name} is not in the newest entry`);
  return { entry, isOlder: end < 0 && !isComplete };
}

/** Returns the release of an image's version, if it lists the image with this digest. */
export function releaseOf(
  { name, version, digest }: Pick<EntryImage, 'name' | 'version' | 'digest'>,
  { ledger }: RecordedEnvironment,
): Release | undefined {
  const release = ledger.releases.get(version);
  const isListed = release?.images.some((image) => image.name === name && image.digest === digest);
  return isListed === true ? release : undefined;
}
