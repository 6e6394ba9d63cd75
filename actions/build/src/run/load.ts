import { forAll } from '@towpath/concurrency';
import { inspectDocker, loadImages, type Docker } from '@towpath/docker';
import { CodedError } from '@towpath/errors';
import type { PlannedStep, Runtime } from '@towpath/flow';
import type { BuiltImage, ImageSet } from '@towpath/image-set';
import {
  dockerArchive,
  Layout,
  mediaTypes,
  retryOutside,
  type ContentSource,
  type ImageManifest,
} from '@towpath/oci';
import { formatPlatform, parseEcrHost } from '@towpath/reference';
import type { Session } from '@towpath/session';
import type { BuildPlan } from '../build-plan.ts';

/** An image that `docker run` in a later step can use. */
export interface LoadedImage {
  readonly name: string;
  /** Its name in Docker: `{name}:build`. */
  readonly reference: string;
  readonly platform: string;
  /** Its id in Docker: the config digest or, in the containerd image store, the manifest digest. */
  readonly id: string;
}

/**
 * Finds the Docker daemon to load images into.
 *
 * @param asked the input; if undefined, the configuration decides
 * @throws CodedError `docker-missing` if loading is required and no daemon responds
 */
export async function findDocker(
  asked: boolean | undefined,
  configured: boolean,
  runtime: Runtime,
): Promise<Docker | undefined> {
  if (!(asked ?? configured)) return undefined;
  const docker = await inspectDocker(runtime);
  if (!('refusal' in docker)) return docker;
  if (asked === true)
    throw new CodedError(
      'docker-missing',
      `load: true needs a Docker daemon, and none responded: ${docker.refusal}`,
      {
        hint: 'Use a runner with Docker, check DOCKER_HOST and DOCKER_CONTEXT, or remove load.',
      },
    );
  runtime.log.info(
    `Images were not loaded into Docker, because no Docker daemon responded: ${docker.refusal}`,
  );
  return undefined;
}

/**
 * Returns the platform to load. Without the containerd image store, Docker holds one platform of an image: its own
 * or, if missing, the first.
 */
export function platformFor(platforms: readonly string[], { platform }: Pick<Docker, 'platform'>): string {
  const own = formatPlatform(platform);
  const alike = `${platform.os}/${platform.architecture}/`;
  const chosen = platforms.includes(own) ? own : platforms.find((one) => one.startsWith(alike));
  return chosen ?? platforms[0] ?? own;
}

/** @param platforms of each image, by image name */
export function describeLoads(
  platforms: ReadonlyMap<string, readonly string[]>,
  docker: Docker,
): readonly PlannedStep[] {
  return [...platforms].map(([name, platforms]) => ({
    what: `load ${name} for ${platformFor(platforms, docker)} into Docker as ${referenceOf(name)}`,
    why: 'later steps can test it',
  }));
}

/**
 * Loads the images of a set into Docker, with the same bytes that are published. Reused images come from their
 * registry.
 *
 * Fails unless all images are loaded: on a runner with earlier builds, the name would still refer to an older image.
 *
 * @throws CodedError `load-failed`; `access-denied`, … for reused images
 */
export async function loadSet(
  { images }: ImageSet,
  { daemon: docker, imageSet }: Pick<BuildPlan, 'daemon' | 'imageSet'>,
  session: Session,
  runtime: Runtime,
): Promise<readonly LoadedImage[]> {
  if (docker === undefined || images.length === 0) return [];
  const layout = new Layout(imageSet);
  const loads = await forAll(images, (image) => {
    const { reused } = image;
    const registry = reused && parseEcrHost(reused.registry);
    const source = registry && session.remote(registry, reused.repository);
    return pick(image, docker, source ?? layout);
  });
  const references = loads.map(({ reference }) => reference);
  const archive = () =>
    dockerArchive(loads.map(({ reference, manifest, source }) => ({ name: reference, manifest, source })));
  const ids = await retryOutside(runtime, `docker load of ${references.join(', ')}`, () =>
    loadImages(runtime, archive(), references),
  );
  const loaded = loads.map((load, index) => confirm(load, ids[index] ?? ''));
  for (const { reference, platform, id } of loaded)
    runtime.log.info(`In Docker ${docker.version}: ${reference} for ${platform}, id ${id}`);
  return loaded;
}

/** An image of one platform to load into Docker. */
interface Load {
  readonly name: string;
  readonly reference: string;
  readonly platform: string;
  readonly manifest: ImageManifest;
  readonly source: ContentSource;
}

async function pick({ name, platforms }: BuiltImage, docker: Docker, source: ContentSource): Promise<Load> {
  const platform = platformFor(Object.keys(platforms), docker);
  const digest = platforms[platform];
  if (digest === undefined) throw new Error(`${name} is for no platform`);
  const manifest = await source.manifest({ digest, mediaType: mediaTypes.ociManifest });
  if (manifest.kind !== 'image') throw new Error(`${name} is an index for ${platform}`);
  return { name, reference: referenceOf(name), platform, manifest, source };
}

/** Checks that Docker has the image under one of its own digests, so that tests use exactly what is published. */
function confirm({ name, reference, platform, manifest }: Load, id: string): LoadedImage {
  if (id === manifest.config.digest || id === manifest.digest) return { name, reference, platform, id };
  throw new CodedError(
    'load-failed',
    `Docker has ${id} as ${reference}, which is another image than ${manifest.digest}.`,
    { hint: 'Check that no other job on this machine builds an image of this name at the same time.' },
  );
}

function referenceOf(name: string): string {
  return `${name}:build`;
}
