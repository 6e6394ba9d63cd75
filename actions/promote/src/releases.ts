import {
  isSameSet,
  readRelease,
  readReleases,
  versionTaken,
  type EnvironmentLedger,
  type History,
  type Release,
} from '@towpath/ledger';
import { isSameRepository } from '@towpath/reference';
import type { Session } from '@towpath/session';
import { compareVersions } from '@towpath/tags';
import type { Selection } from './select.ts';

/** The releases that a promotion copies and compares. */
export interface ReleaseFacts {
  /** The release to copy to the ledger of the target; undefined if it is there, or if there is none. */
  readonly copied: Release | undefined;
  /** When versions were published, as ISO 8601. */
  readonly published: Readonly<Record<string, string>>;
}

/**
 * Reads whether the ledger of the target has the release, and when the versions of the environment were published. The
 * time is only needed for versions that are not semantic versions.
 *
 * @param isRecorded whether the ledger of the target is written
 * @throws CodedError `version-taken` if the ledger of the target has another release of this version
 */
export async function readReleaseFacts(
  { version, release, images, ledger }: Pick<Selection, 'version' | 'release' | 'images' | 'ledger'>,
  { location, state, history }: EnvironmentLedger,
  isRecorded: boolean,
  session: Session,
): Promise<ReleaseFacts> {
  const isElsewhere = ledger !== undefined && !isSameRepository(ledger.location, location);
  const mayCopy = isRecorded && isElsewhere && release !== undefined;
  const known = mayCopy && state === 'kept' ? await readRelease(session, location, version) : undefined;
  if (known !== undefined && release !== undefined && !isSameSet(known.images, release.images))
    throw versionTaken(known, release);
  const published = release === undefined ? [] : [[version, release.published] as const];
  const unknown = unordered(images, history[0]).filter((one) => one !== release?.version);
  const source = ledger?.location ?? location;
  for (const [other, found] of await readReleases(session, source, unknown))
    published.push([other, found.published]);
  return {
    copied: mayCopy && known === undefined ? release : undefined,
    published: Object.fromEntries(published),
  };
}

/** Returns the versions that only the time of their release puts in order: those of images and what they replace. */
function unordered(images: Selection['images'], current: History[number] | undefined): readonly string[] {
  const pairs = images.flatMap(({ image: { name }, version }) => {
    const before = current?.images.find((one) => one.name === name)?.version ?? version;
    return before === version || compareVersions(version, before) !== undefined ? [] : [version, before];
  });
  return [...new Set(pairs)];
}
