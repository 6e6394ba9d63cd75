import { forAll } from '@towpath/concurrency';
import type { EnvironmentConfig, ImageConfig } from '@towpath/config';
import { findImages } from '@towpath/ecr';
import { CodedError, type Problem } from '@towpath/errors';
import { openEnvironment, type EnvironmentEntry } from '@towpath/ledger';
import type { Manifest } from '@towpath/oci';
import type { Locations } from '@towpath/project';
import { labelOf, type Platform } from '@towpath/reference';
import type { GateImage } from './collect.ts';

/** The images that an environment runs now. */
export interface CurrentImages {
  readonly found: readonly GateImage[];
  /** Images whose current digest is unknown, or that the environment does not run. */
  readonly problems: readonly Problem[];
}

/**
 * Finds the images that an environment runs now: by the last entry of the environment in the ledger, or without one by
 * the tags that move with each promotion, such as `prod`.
 *
 * @param images the selected images of the configuration
 * @throws CodedError `access-denied`, `entry-invalid`, `repository-missing`, …
 */
export async function findCurrentImages(
  locations: Locations,
  images: readonly ImageConfig[],
  environment: EnvironmentConfig,
): Promise<CurrentImages> {
  const found: GateImage[] = [];
  const problems: Problem[] = [];
  const [entry] = (await openEnvironment(locations, environment)).history;
  const lookups = await forAll(images, (image) =>
    entry === undefined
      ? findByMovingTags(locations, image, environment)
      : findByEntry(locations, image, environment, entry),
  );
  for (const one of lookups) {
    if ('root' in one) found.push(one);
    else problems.push(one);
  }
  return { found, problems };
}

/** The configuration may have gained platforms since the image was built. */
const anyPlatforms: readonly Platform[] = [];

async function findByEntry(
  locations: Locations,
  { name }: ImageConfig,
  environment: EnvironmentConfig,
  { number, images }: EnvironmentEntry,
): Promise<GateImage | Problem> {
  const listed = images.find((one) => one.name === name);
  const entry = `entry ${number} of ${environment.name}`;
  if (listed === undefined)
    return {
      code: 'gate-unknown',
      message: `Image ${name} is not part of ${environment.name}: ${entry} does not list it.`,
      hint: `Promote ${name} to ${environment.name}, or name the images that it runs with the input only.`,
    };
  const registry = await locations.environmentRegistry(environment);
  const location = { registry, repository: listed.repository };
  const roots = await findImages(locations.session.ecr(registry), listed.repository, [listed.digest]);
  const root = roots.get(listed.digest);
  if (root !== undefined) return { name, location, root, platforms: anyPlatforms };
  return {
    code: 'gate-unknown',
    message: `${labelOf(location)} no longer has ${listed.digest}, which ${entry} lists for ${name}.`,
    hint: `Promote a version to ${environment.name} again. Change the lifecycle policy if it deleted the image.`,
  };
}

async function findByMovingTags(
  locations: Locations,
  image: ImageConfig,
  environment: EnvironmentConfig,
): Promise<GateImage | Problem> {
  const { name } = image;
  const location = await locations.locate(image, environment);
  const tags = await movingTags(locations, image, environment);
  const unknown = (why: string, hint: string): Problem => ({
    code: 'gate-unknown',
    message: `It is unknown which image of ${name} runs in ${environment.name}: ${why}.`,
    hint,
  });
  if (tags.length === 0)
    return unknown(
      'no tag of the environment moves with each promotion',
      `Set the input version, or give ${environment.name} a tag such as {environment} in the configuration.`,
    );
  const roots = await findImages(locations.session.ecr(location.registry), location.repository, tags);
  const digests = new Map<string, Manifest>([...roots.values()].map((root) => [root.digest, root]));
  const [root, ...others] = digests.values();
  const named = `${labelOf(location)}:${tags.join(', ')}`;
  if (root === undefined)
    return unknown(
      `there is no ${named}`,
      `Promote ${name} to ${environment.name}, or name the images that it runs with the input only.`,
    );
  if (others.length > 0)
    return unknown(
      `${named} name different images`,
      `Promote the version of ${environment.name} again, so that all tags name its image.`,
    );
  return { name, location, root, platforms: anyPlatforms };
}

/** Returns the tags of an environment that need no fact of a version or a run. */
async function movingTags(
  locations: Locations,
  image: ImageConfig,
  environment: EnvironmentConfig,
): Promise<readonly string[]> {
  try {
    return (await locations.tags(image, environment, {})).moving;
  } catch (error) {
    if (error instanceof CodedError && error.code === 'tag-invalid') return [];
    throw error;
  }
}
