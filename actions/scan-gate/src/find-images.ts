import { forAll } from '@towpath/concurrency';
import type { Config, EnvironmentConfig, ImageConfig } from '@towpath/config';
import { findImages } from '@towpath/ecr';
import { CodedError, type Problem } from '@towpath/errors';
import type { Runtime } from '@towpath/flow';
import { findCurrentImages, requirePrivate, type GateImage } from '@towpath/gate';
import { readImageSet } from '@towpath/image-set';
import { findVersion, ledgerWarning, type FoundImage } from '@towpath/ledger';
import type { Locations } from '@towpath/project';
import { labelOf, type Digest } from '@towpath/reference';
import { join } from 'node:path';
import type { ReferredImage } from './image-references.ts';
import type { GateInputs } from './inputs.ts';

/** The images to judge. */
export interface FoundImages {
  readonly found: readonly GateImage[];
  /** Images of the configuration that do not belong to the version. */
  readonly absent: readonly ImageConfig[];
  /** Selected images that are missing and cannot be judged. */
  readonly unjudged: readonly Problem[];
  /** Warnings about the ledger. */
  readonly warnings: readonly string[];
}

/** Where to look for images. */
export interface Search {
  readonly locations: Locations;
  /** The selected images of the configuration. */
  readonly images: readonly ImageConfig[];
  /** Undefined for the repositories that `publish` pushes to. */
  readonly environment: EnvironmentConfig | undefined;
  /** The pull-through caches that base images are pulled from. */
  readonly pullThrough: Config['build']['pullThrough'];
}

/**
 * Finds the images to judge: those that are given, those of a version, those that an environment runs now, or those of
 * the image set.
 *
 * @throws CodedError `image-missing`, `access-denied`, …
 */
export async function findGateImages(
  inputs: GateInputs,
  search: Search,
  runtime: Runtime,
): Promise<FoundImages> {
  const { version, only } = inputs;
  const { locations, images, environment } = search;
  const none = { absent: [], unjudged: [], warnings: [] };
  if (inputs.images !== undefined) return { ...none, found: await findReferred(inputs.images, search) };
  for (const image of images) requirePrivate(await locations.locate(image, environment));
  if (version !== undefined) {
    const { found, absent, ledger } = await findVersion(locations, images, environment, version, only);
    const warning = ledgerWarning(ledger);
    return {
      found: found.map(gateImage),
      absent,
      unjudged: [],
      warnings: warning === undefined ? [] : [warning],
    };
  }
  if (currentOf(inputs) !== undefined && environment !== undefined) {
    const { found, problems } = await findCurrentImages(locations, images, environment);
    return { ...none, found, unjudged: problems };
  }
  return {
    ...none,
    ...(await findBuilt(search, inputs.imageSet ?? defaultSet(runtime))),
  };
}

/** Returns the environment whose current images are judged, if no other input names the images. */
export function currentOf({ environment, version, images, imageSet }: GateInputs): string | undefined {
  return version === undefined && images === undefined && imageSet === undefined ? environment : undefined;
}

/** Returns the folder of the image set to judge; undefined if other inputs name the images. */
export function imageSetOf(
  inputs: GateInputs,
  { environment }: Pick<Search, 'environment'>,
  runtime: Pick<Runtime, 'temp' | 'imageSet'>,
): string | undefined {
  const { version, images, imageSet } = inputs;
  if (version !== undefined || images !== undefined) return undefined;
  if (currentOf(inputs) !== undefined && environment !== undefined) return undefined;
  return imageSet ?? defaultSet(runtime);
}

function defaultSet({ temp, imageSet }: Pick<Runtime, 'temp' | 'imageSet'>): string {
  return imageSet ?? join(temp, 'towpath');
}

function gateImage({ image: { name, platforms }, location, root }: FoundImage): GateImage {
  return { name, location, root, platforms };
}

/** @throws CodedError `image-missing` that lists every given image that is missing in its repository */
async function findReferred(
  referred: readonly ReferredImage[],
  { locations, images, environment }: Search,
): Promise<readonly GateImage[]> {
  const wanted = await forAll(referred, async ({ name, digest, ...given }): Promise<WantedImage> => {
    const configured = images.find((image) => image.name === name);
    const { repository = given.repository ?? name, registry } =
      configured === undefined || given.registry !== undefined
        ? { registry: given.registry ?? (await locations.environmentRegistry(environment)) }
        : await locations.locate(configured, environment);
    const location = { registry, repository: given.repository ?? repository };
    return { name, digest, location, platforms: configured?.platforms ?? [] };
  });
  return lookUp(wanted, locations, 'Check the input images.');
}

/** An image that a repository must have. */
interface WantedImage extends Omit<GateImage, 'root'> {
  readonly digest: Digest;
}

async function findBuilt(
  { locations, images, environment }: Search,
  folder: string,
): Promise<Pick<FoundImages, 'found' | 'unjudged'>> {
  const set = await readImageSet(folder);
  const digests = new Map(set.images.map(({ name, digest }) => [name, digest]));
  const wanted = await forAll(images, async (image): Promise<WantedImage[]> => {
    const { name, platforms } = image;
    const digest = digests.get(name);
    if (digest === undefined) return [];
    return [{ name, digest, location: await locations.locate(image, environment), platforms }];
  });
  return {
    found: await lookUp(wanted.flat(), locations, 'Publish the image set first.'),
    unjudged: images.filter(({ name }) => !digests.has(name)).map(({ name }) => notInSet(name, folder)),
  };
}

/**
 * Reads the manifests of images by their digests.
 *
 * @throws CodedError `image-missing` that lists every image that is missing in its repository
 */
async function lookUp(
  wanted: readonly WantedImage[],
  { session }: Locations,
  hint: string,
): Promise<readonly GateImage[]> {
  const problems: Problem[] = [];
  const found = await forAll(wanted, async ({ digest, ...image }): Promise<GateImage[]> => {
    const { registry, repository } = image.location;
    const root = (await findImages(session.ecr(registry), repository, [digest])).get(digest);
    if (root !== undefined) return [{ ...image, root }];
    const message = `Image ${image.name} is not in ${labelOf(image.location)}: it has no ${digest}.`;
    problems.push({ code: 'image-missing', message, hint });
    return [];
  });
  if (problems.length > 0) throw CodedError.of(problems, (count) => `${count} images are missing.`);
  return found.flat();
}

export function notInSet(name: string, folder: string): Problem {
  return {
    code: 'gate-unknown',
    message: `Image ${name} is not in the image set ${folder}, so it cannot be judged.`,
    hint: 'Build it too, or name the images of the set with the input only.',
  };
}
