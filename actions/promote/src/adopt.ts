import { forAll } from '@towpath/concurrency';
import type { EnvironmentConfig, ImageConfig } from '@towpath/config';
import { findImages, taggedImages } from '@towpath/ecr';
import { CodedError } from '@towpath/errors';
import type { Runtime } from '@towpath/flow';
import type { EnvironmentEntry } from '@towpath/ledger';
import type { Manifest } from '@towpath/oci';
import type { Locations } from '@towpath/project';
import { labelOf, type Digest, type RepositoryRef } from '@towpath/reference';
import { compareVersions, inNaturalOrder, renderTags, versionsOf, type TaggedVersion } from '@towpath/tags';

/** An image that an environment without entries runs. */
export interface AdoptedImage {
  readonly image: EnvironmentEntry['images'][number];
  /** Set if no tag holds its version, so that it would lose its last tag. */
  readonly untagged?: Manifest;
}

/**
 * Finds by its tags what an environment without entries runs: per image the version whose tag names the same image as
 * the moving tag of the environment, else the highest version.
 *
 * An image that is not promoted may have no repository yet. In another account ECR denies access to a missing
 * repository, so such an image is left out with a notice.
 *
 * @param version the version that is being promoted. Its tags do not count, because an earlier attempt may have set them
 * @param promoted the names of the images that are promoted
 * @returns the images that were found; empty for a new environment
 * @throws CodedError `access-denied` if the role may not describe the images that are promoted
 */
export async function findByTags(
  locations: Locations,
  images: readonly ImageConfig[],
  environment: EnvironmentConfig,
  { version, promoted }: { readonly version: string; readonly promoted: ReadonlySet<string> },
  { log }: Pick<Runtime, 'log'>,
): Promise<readonly AdoptedImage[]> {
  const found = await forAll(images, async (image) => {
    const location = await locations.locate(image, environment);
    try {
      return await adoptImage(locations, image, location, environment, version);
    } catch (error) {
      const isDenied = error instanceof CodedError && error.code === 'access-denied';
      if (!isDenied || promoted.has(image.name)) throw error;
      const message = `It is unknown whether ${environment.name} runs ${image.name}: this role may not describe the images of ${labelOf(location)}, or the repository does not exist. The first entry of ${environment.name} in the ledger does not list ${image.name}.`;
      log.annotate({ level: 'notice', message });
      return [];
    }
  });
  return found.flat();
}

async function adoptImage(
  { session }: Locations,
  { name }: ImageConfig,
  { registry, repository }: RepositoryRef,
  environment: EnvironmentConfig,
  version: string,
): Promise<readonly AdoptedImage[]> {
  if (registry.kind === 'public') return [];
  const ecr = session.ecr(registry);
  const tagged = await taggedImages(ecr, repository).catch((error: unknown): ReadonlyMap<string, Digest> => {
    if (error instanceof CodedError && error.code === 'repository-missing') return new Map();
    throw error;
  });
  const facts = { environment: environment.name, image: name };
  const versions = versionsOf([...tagged.keys()], environment.tags, facts) ?? [];
  const moving = renderTags(environment.tags, facts, []).moving;
  const current = moving.map((tag) => tagged.get(tag)).find((digest) => digest !== undefined);
  const highest = versions
    .filter((one) => one.version !== version)
    .toSorted((one, other) => -inOrder(one, other))[0];
  const chosen = current === undefined ? highest : versions.find(({ tag }) => tagged.get(tag) === current);
  const digest = current ?? (chosen && tagged.get(chosen.tag));
  if (digest === undefined) return [];
  if (chosen !== undefined) return [{ image: { name, repository, digest, version: chosen.version } }];
  const untagged = (await findImages(ecr, repository, [digest])).get(digest);
  return [
    {
      image: { name, repository, digest, version: unknownVersion },
      ...(untagged !== undefined && { untagged }),
    },
  ];
}

/** The version of an image that only a moving tag names. */
export const unknownVersion = 'unknown';

/** Returns the highest of the versions. */
export function highestVersion(versions: readonly string[]): string {
  return versions.reduce(
    (one, other) => (compareTexts(one, other) < 0 ? other : one),
    versions[0] ?? unknownVersion,
  );
}

function compareTexts(one: string, other: string): number {
  return compareVersions(one, other) ?? inNaturalOrder(one, other);
}

function inOrder(one: TaggedVersion, other: TaggedVersion): number {
  return compareTexts(one.version, other.version);
}
