import type { EnvironmentConfig, ImageConfig } from '@towpath/config';
import { findImages } from '@towpath/ecr';
import { CodedError, type Problem } from '@towpath/errors';
import type { Manifest } from '@towpath/oci';
import { buildPlace, type Location, type Places } from './places.ts';
import { labelOf } from './tag-moves.ts';

/** An image of a version, where it stands. */
export interface FoundImage {
  readonly image: ImageConfig;
  readonly location: Location;
  readonly root: Manifest;
}

/** What an environment has of a version. */
export interface FoundVersion {
  readonly found: readonly FoundImage[];
  /** Images of the configuration that the environment does not have under this version. */
  readonly absent: readonly ImageConfig[];
}

/**
 * Finds the images of a version by their tags. Tags alone do not tell which images belong to a version: an image that
 * was added to the configuration since has none, perhaps not even a repository, and neither has one that was lost.
 * Absent images are therefore left out, for the caller to say so, unless they were asked for by name.
 *
 * @param environment undefined for the place that `publish` fills
 * @param only the images that were asked for by name
 * @throws CodedError `image-missing` or `repository-missing` when there is none at all, or one that was asked for
 */
export async function findVersion(
  places: Places,
  images: readonly ImageConfig[],
  environment: EnvironmentConfig | undefined,
  version: string,
  only: readonly string[],
): Promise<FoundVersion> {
  const looked = await Promise.all(images.map((image) => findImage(places, image, environment, version)));
  const found = looked.flatMap((one) => (one.root === undefined ? [] : [{ ...one, root: one.root }]));
  const missing = looked.filter(({ root }) => root === undefined);
  const unforgiven = found.length === 0 ? missing : missing.filter(({ image }) => only.includes(image.name));
  if (unforgiven.length > 0) {
    const problems = unforgiven.flatMap((one) => whyMissing(one, environment, version));
    throw CodedError.of(problems, (count) => `${count} images are missing.`);
  }
  return { found, absent: missing.map(({ image }) => image) };
}

/** An image, where it should stand. */
interface Looked {
  readonly image: ImageConfig;
  readonly location: Location;
  readonly tag: string;
  readonly root?: Manifest;
  /** There is no repository for it. */
  readonly refusal?: CodedError;
}

async function findImage(
  places: Places,
  image: ImageConfig,
  environment: EnvironmentConfig | undefined,
  version: string,
): Promise<Looked> {
  const location = await places.locate(image, environment);
  // Only what was the same when the tag was made: today's commit and run are others.
  const [tag = ''] = places.tags(image, environment, { version }).tags;
  try {
    const images = await findImages(location.registry, location.repository, [tag]);
    return { image, location, tag, root: images.get(tag) };
  } catch (error) {
    if (error instanceof CodedError && error.code === 'repository-missing')
      return { image, location, tag, refusal: error };
    throw error;
  }
}

function whyMissing(
  { image, location, tag, refusal }: Looked,
  environment: EnvironmentConfig | undefined,
  version: string,
): readonly Problem[] {
  if (refusal !== undefined) return refusal.problems;
  const message = `Image ${image.name} is not in ${environment?.name ?? buildPlace} as ${version}: ${labelOf(location)} has no tag ${tag}.`;
  const hint =
    environment === undefined
      ? 'Publish this version first.'
      : `Promote this version to ${environment.name} first.`;
  return [{ code: 'image-missing', message, hint }];
}
