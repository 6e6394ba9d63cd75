import { findImages, imagePresence, tagImage } from '@towpath/ecr';
import { CodedError } from '@towpath/errors';
import { copyImages, surveyGraph } from '@towpath/oci';
import { labelOf } from '@towpath/reference';
import {
  entryKind,
  intentKind,
  makeArtifact,
  parseArtifact,
  releaseKind,
  type Artifact,
} from './artifact.ts';
import { entryTag, type EnvironmentEntry } from './environment-entry.ts';
import { intentNumbers, intentTag, maxIntents, readRelease, releaseTag, type LedgerEntry } from './ledger.ts';
import type { RepositoryRef } from '@towpath/reference';
import type { Session } from '@towpath/session';
import { isSameSet, type Intent, type Release } from './release.ts';

/**
 * Writes a release. Its tag is immutable, so a second run must publish the same images.
 *
 * @returns `there` if another run already wrote it with the same images
 * @throws CodedError `version-taken` if another run already wrote it with different images
 */
export async function writeRelease(
  location: RepositoryRef,
  release: Release,
  session: Session,
): Promise<'put' | 'there'> {
  const artifact = makeArtifact(releaseKind, release, release.published);
  try {
    return await pushArtifact(location, artifact, releaseTag(release.version), session);
  } catch (error) {
    if (!isConflict(error)) throw error;
    const first = await readRelease(session, location, release.version);
    if (first === undefined) throw error;
    if (isSameSet(first.images, release.images)) return 'there';
    throw versionTaken(first, release, error);
  }
}

/**
 * Writes an intent under the first free number. If another run takes the number, uses the next one.
 *
 * @param taken the known numbers of other intents
 * @returns `there` if an existing intent lists the same images
 * @throws CodedError `version-taken` if all numbers are used
 */
export async function writeIntent(
  location: RepositoryRef,
  intent: Intent,
  taken: readonly number[],
  session: Session,
): Promise<'put' | 'there'> {
  const artifact = makeArtifact(intentKind, intent, intent.when);
  await uploadBlobs(artifact, location, session);
  for (const number of intentNumbers.filter((one) => !taken.includes(one))) {
    const found = await tryIntent(session, location, artifact, intent, number);
    if (found === undefined) return 'put';
    if (isSameSet(found.images, intent.images)) return 'there';
  }
  throw tooManyIntents(intent.version);
}

/**
 * Writes an entry of an environment under its number. The tag is immutable, so only one of several runs can write it.
 *
 * @returns `taken` if another run wrote an entry with this number. Then read the history and plan again
 * @throws CodedError `entry-invalid` if the entry does not match its schema, `access-denied`, …
 */
export async function writeEnvironmentEntry(
  location: RepositoryRef,
  entry: EnvironmentEntry,
  session: Session,
): Promise<'put' | 'taken'> {
  const artifact = makeArtifact(entryKind, entry, entry.when);
  try {
    // `there` means that an answer was lost: no other run writes the same bytes.
    await pushArtifact(location, artifact, entryTag(entry.environment, entry.number), session);
    return 'put';
  } catch (error) {
    if (isConflict(error)) return 'taken';
    throw error;
  }
}

/** Returns whether an intent of the entry lists exactly these images. */
export function hasIntent({ intents }: LedgerEntry, { images }: Pick<Intent, 'images'>): boolean {
  return intents.values().some((known) => isSameSet(known.images, images));
}

export function tooManyIntents(version: string): CodedError {
  return new CodedError(
    'version-taken',
    `Version ${version} was published ${maxIntents} times, each time with other images.`,
    { hint: 'Use another version.' },
  );
}

/** @returns the intent that already has the number; undefined if the number was free */
async function tryIntent(
  session: Session,
  location: RepositoryRef,
  { manifest }: Artifact,
  intent: Intent,
  number: number,
): Promise<Intent | undefined> {
  const { registry, repository } = location;
  const tag = intentTag(intent.version, number);
  try {
    return (await tagImage(session.ecr(registry), repository, manifest, tag)) === 'put' ? undefined : intent;
  } catch (error) {
    if (!isConflict(error)) throw error;
    const found = (await findImages(session.ecr(registry), repository, [tag])).get(tag);
    if (found === undefined) throw error;
    return parseArtifact(intentKind, found, `${labelOf(location)}:${tag}`);
  }
}

/**
 * Writes an artifact under a tag.
 *
 * @returns `there` if the tag already names these bytes
 * @throws CodedError `tag-conflict` if it names others
 */
export async function pushArtifact(
  location: RepositoryRef,
  artifact: Artifact,
  tag: string,
  session: Session,
): Promise<'put' | 'there'> {
  await uploadBlobs(artifact, location, session);
  return tagImage(session.ecr(location.registry), location.repository, artifact.manifest, tag);
}

/**
 * Uploads only the blobs. The manifest is pushed with its tag, so that no untagged artifact remains if another run is
 * faster.
 */
async function uploadBlobs(
  { manifest, source }: Artifact,
  { registry, repository }: RepositoryRef,
  session: Session,
): Promise<void> {
  const graph = await surveyGraph([manifest], {
    ...imagePresence(session.ecr(registry), repository),
    manifests: () => Promise.resolve(new Set()),
  });
  const target = session.remote(registry, repository);
  await copyImages([{ graph: { ...graph, manifests: [] }, source, target }]);
}

function isConflict(error: unknown): error is CodedError {
  return error instanceof CodedError && error.code === 'tag-conflict';
}

/**
 * Returns the error that shows how two releases of a version differ, image by image, and which runs published them.
 */
export function versionTaken(
  first: Release,
  second: Pick<Release, 'version' | 'images' | 'run'>,
  cause?: unknown,
): CodedError {
  const names = [...new Set([...first.images, ...second.images].map(({ name }) => name))];
  const differences = names.flatMap((name) => {
    const [before, now] = [first, second].map(({ images }) => images.find((image) => image.name === name));
    const [was, is] = [before, now].map((image) => image && `${image.repository}@${image.digest}`);
    return was === is
      ? []
      : `${name} was ${was ?? 'not part of the version'}, and is ${is ?? 'not part of the version'} now`;
  });
  const runs = `It was published at ${first.published}${by(first.run)}${second.run === undefined ? '' : `; this is ${second.run}`}.`;
  return new CodedError(
    'version-taken',
    `Version ${second.version} was already published with different images: ${differences.join('; ')}. ${runs}`,
    { hint: 'Use another version. A published version never changes.', cause },
  );
}

function by(run: string | undefined): string {
  return run === undefined ? '' : ` by ${run}`;
}
