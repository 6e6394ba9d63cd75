import { forAll } from '@towpath/concurrency';
import { plainBuild, type EnvironmentConfig, type ImageConfig } from '@towpath/config';
import { findImages, listTags, type ImageKey } from '@towpath/ecr';
import { CodedError, nearest, suggest, type Problem } from '@towpath/errors';
import type { Manifest } from '@towpath/oci';
import { buildEnvironment, type Locations } from '@towpath/project';
import { labelOf, type Digest, type RepositoryRef } from '@towpath/reference';
import type { Session } from '@towpath/session';
import { inNaturalOrder } from '@towpath/tags';
import { isReservedVersion, openLedger, type Ledger } from './ledger.ts';
import type { Release } from './release.ts';

/** An image of a version, and its repository and tag. */
export interface FoundImage {
  readonly image: ImageConfig;
  readonly location: RepositoryRef;
  readonly root: Manifest;
  /** Other tags that were read with the image. */
  readonly others?: ReadTags;
}

/** Tags of a repository, and the images that they point at. */
export interface ReadTags {
  readonly tags: readonly string[];
  readonly holders: ReadonlyMap<ImageKey, Manifest>;
}

/** What a caller knows about the version, and what else it reads. */
export interface FindOptions {
  /** The ledger with the version, if it was opened already. */
  readonly opened?: Ledger;
  /** Returns the tags in the repository of an image that the same request reads. Default: none. */
  readonly others?: OtherTags;
}

type OtherTags = (image: ImageConfig, location: RepositoryRef) => Promise<readonly string[]>;

/** The images of a version in an environment. */
export interface FoundVersion {
  readonly found: readonly FoundImage[];
  /**
   * Images of the configuration that the environment does not have under this version. Empty if there is a release,
   * because it lists the images of the version.
   */
  readonly absent: readonly ImageConfig[];
  /** The ledger in which the release was looked up. */
  readonly ledger: Pick<Ledger, 'state' | 'location'>;
  /** The release of the version, if the ledger has it. */
  readonly release: Release | undefined;
}

/**
 * Finds the images of a version. If there is a release, it decides, even if the configuration has other images now.
 * Without a release, the tags decide.
 *
 * If the ledger exists but has no release, the version was not published completely. This is an error unless images
 * are selected by name.
 *
 * Tags do not show which images belong to a version. An image that was added to the configuration later has no tag,
 * and perhaps no repository. Neither has an image that was lost. Such images are returned as absent, unless they are
 * selected by name.
 *
 * @param images the selected images of the configuration
 * @param environment undefined for the repositories that `publish` pushes to
 * @param only the images that are selected by name
 * @throws CodedError `image-missing` or `repository-missing` if an image of the version, a selected image or every
 * image is missing
 * @throws CodedError `release-missing` if the ledger has no release of the version
 * @throws CodedError `release-invalid` if a tag points at another image than the release
 */
export async function findVersion(
  locations: Locations,
  images: readonly ImageConfig[],
  environment: EnvironmentConfig | undefined,
  version: string,
  only: readonly string[],
  { opened, others }: FindOptions = {},
): Promise<FoundVersion> {
  const ledger = opened ?? (await openLedger(locations, { versions: [version] }));
  const release = ledger.entries.get(version)?.release;
  if (release !== undefined)
    return {
      ...(await findReleased(locations, images, environment, release, only, others)),
      ledger,
      release,
    };
  if (ledger.state === 'kept' && only.length === 0)
    throw await releaseMissing(locations, version, ledger.location);
  return { ...(await findByTags(locations, images, environment, version, only, others)), ledger, release };
}

async function releaseMissing(
  { session, environments }: Locations,
  version: string,
  location: RepositoryRef,
): Promise<CodedError> {
  const names = environments.map(({ name }) => name);
  const versions = (await knownTags(session, location)).filter((tag) => !isReservedVersion(tag, names));
  const near = nearest(version, versions);
  const latest = versions.toSorted((one, other) => inNaturalOrder(other, one)).slice(0, maxVersions);
  const known = latest.length === 0 ? '' : `Published versions: ${latest.join(', ')}. `;
  const hint =
    near === undefined
      ? `${known}Publish all images of ${version} in one step: the release is written last. To promote only some of its images, set the input only.`
      : `Did you mean ${near}?`;
  return new CodedError(
    'release-missing',
    `The ledger ${labelOf(location)} has no release ${version}: this version was not published, or not completely.`,
    { hint },
  );
}

/** Returns a similar tag for a message; undefined if there is none, or if the role may not list tags. */
async function nearestTag(
  session: Session,
  tag: string,
  { registry, repository }: RepositoryRef,
): Promise<string | undefined> {
  return nearest(tag, await knownTags(session, { registry, repository }));
}

/** Returns the tags of a repository for a message; none if the role may not list them. */
async function knownTags(
  session: Session,
  { registry, repository }: RepositoryRef,
): Promise<readonly string[]> {
  try {
    return await listTags(session.ecr(registry), repository);
  } catch (error) {
    if (error instanceof CodedError) return [];
    throw error;
  }
}

/** The maximum number of published versions in a message. */
const maxVersions = 5;

type Sought = Omit<FoundVersion, 'ledger' | 'release'>;

async function findReleased(
  locations: Locations,
  images: readonly ImageConfig[],
  environment: EnvironmentConfig | undefined,
  release: Release,
  only: readonly string[],
  others?: OtherTags,
): Promise<Sought> {
  const wanted = release.images.filter(({ name }) => only.length === 0 || only.includes(name));
  const unknown = only.filter((name) => !wanted.some((image) => image.name === name));
  const lookups = await forAll(wanted, async (released) => {
    const { name, repository, digest } = released;
    const image = { ...(images.find((one) => one.name === name) ?? unconfigured(name)), repository };
    // Published images are looked up by digest. Promoted images are looked up by tag.
    const key = environment === undefined ? digest : undefined;
    return { ...(await findImage(locations, image, environment, release.version, { key, others })), digest };
  });
  const problems = [
    ...unknown.map((name) => notReleased(name, release)),
    ...lookups.flatMap((one) => {
      if (one.root === undefined)
        return one.refusal === undefined && environment === undefined
          ? [deleted(one, one.digest, release)]
          : whyMissing(one, environment, release.version);
      return one.root.digest === one.digest
        ? []
        : [disagreement(one, one.root.digest, one.digest, release, environment)];
    }),
  ];
  if (problems.length > 0)
    throw CodedError.of(
      problems,
      (count) => `${count} images of ${release.version} are not where they should be.`,
    );
  return {
    found: lookups.flatMap((one) => (one.root === undefined ? [] : [{ ...one, root: one.root }])),
    absent: [],
  };
}

/** Returns the configuration of an image that a release lists and the configuration no longer contains. */
export function unconfigured(name: string): ImageConfig {
  return { ...plainBuild, name, context: '.', dockerfile: 'Dockerfile', platforms: [] };
}

function notReleased(name: string, { version, images }: Release): Problem {
  const names = images.map((image) => image.name);
  return {
    code: 'image-missing',
    message: `Image ${name} is not part of ${version}: its release has ${names.join(', ')}.`,
    hint: suggest(name, names),
  };
}

function deleted({ image, location }: Lookup, digest: Digest, { version }: Release): Problem {
  return {
    code: 'image-missing',
    message: `Image ${image.name} of release ${version} was deleted: ${labelOf(location)} has no ${digest}, which the ledger lists.`,
    hint: `Check who or which lifecycle policy deletes images of ${location.repository}. Then publish a new version: a rebuild of ${version} usually has another digest.`,
  };
}

function disagreement(
  { location, tag }: Lookup,
  found: Digest,
  released: Digest,
  { version, run }: Release,
  environment: EnvironmentConfig | undefined,
): Problem {
  return {
    code: 'release-invalid',
    message: `${labelOf(location)}:${tag} names ${found}, but release ${version}${run === undefined ? '' : ` of ${run}`} has ${released}.`,
    hint: `Someone moved the tag. Promote ${version} to ${environment?.name ?? buildEnvironment} again.`,
  };
}

async function findByTags(
  locations: Locations,
  images: readonly ImageConfig[],
  environment: EnvironmentConfig | undefined,
  version: string,
  only: readonly string[],
  others?: OtherTags,
): Promise<Sought> {
  const lookups = await forAll(images, (image) =>
    findImage(locations, image, environment, version, { others }),
  );
  const found = lookups.flatMap((one) => (one.root === undefined ? [] : [{ ...one, root: one.root }]));
  const missing = lookups.filter(({ root }) => root === undefined);
  const unforgiven = found.length === 0 ? missing : missing.filter(({ image }) => only.includes(image.name));
  if (unforgiven.length > 0) {
    const problems = await forAll(unforgiven, async (one) =>
      whyMissing(one, environment, version, await nearestTag(locations.session, one.tag, one.location)),
    );
    throw CodedError.of(problems.flat(), (count) => `${count} images are missing.`);
  }
  return { found, absent: missing.map(({ image }) => image) };
}

/** An image and its expected repository and tag. */
interface Lookup {
  readonly image: ImageConfig;
  readonly location: RepositoryRef;
  readonly tag: string;
  readonly root?: Manifest;
  readonly others?: ReadTags;
  /** The error if its repository does not exist. */
  readonly refusal?: CodedError;
}

/** @param how `key` is the digest to look it up by, instead of its tag */
async function findImage(
  locations: Locations,
  image: ImageConfig,
  environment: EnvironmentConfig | undefined,
  version: string,
  { key, others = () => Promise.resolve([]) }: { readonly key?: Digest; readonly others?: OtherTags },
): Promise<Lookup> {
  const location = await locations.locate(image, environment);
  const tags = await others(image, location);
  const tag = locations.versionTag(image, environment, version);
  try {
    const holders = await findImages(locations.session.ecr(location.registry), location.repository, [
      key ?? tag,
      ...tags,
    ]);
    return { image, location, tag, root: holders.get(key ?? tag), others: { tags, holders } };
  } catch (error) {
    if (error instanceof CodedError && error.code === 'repository-missing')
      return { image, location, tag, refusal: error };
    throw error;
  }
}

function whyMissing(
  { image, location, tag, refusal }: Lookup,
  environment: EnvironmentConfig | undefined,
  version: string,
  near?: string,
): readonly Problem[] {
  if (refusal !== undefined) return refusal.problems;
  const message = `Image ${image.name} is not in ${environment?.name ?? buildEnvironment} as ${version}: ${labelOf(location)} has no tag ${tag}.`;
  const first =
    environment === undefined
      ? 'Publish this version first.'
      : `Promote this version to ${environment.name} first.`;
  const hint = near === undefined ? first : `The nearest tag is ${near}: did you mean that version? ${first}`;
  return [{ code: 'image-missing', message, hint }];
}
