import { FolderHashes } from '@towpath/build-context';
import { imagesBelow, readInputs, type ImageInputs, type Reading } from '@towpath/build-inputs';
import { findBuildx } from '@towpath/buildx';
import { forAll } from '@towpath/concurrency';
import { readDockerConfig } from '@towpath/docker';
import type { Runtime } from '@towpath/flow';
import { Locations, type Project } from '@towpath/project';
import { formatPlatform, type Platform } from '@towpath/reference';
import {
  decide,
  identify,
  joinPlatforms,
  readBases,
  type Decision,
  type ImageSources,
  type KnownImage,
} from '@towpath/reuse';
import type { Session } from '@towpath/session';

interface ReuseRequest {
  /** The images to build, and those that they are built on, which come first. */
  readonly images: readonly ImageInputs[];
  /** The names of the images to build. */
  readonly due: ReadonlySet<string>;
  /** How the images were read. */
  readonly reading: Reading;
  /** The platform of images that name none. Undefined: it is not known. */
  readonly runnerPlatform: Platform | undefined;
  /** In milliseconds. */
  readonly maxAge: number;
}

/**
 * Decides which images are reused instead of built, in the same way as `build`. The fingerprint of an image with
 * several platforms is the one that `publish` gives the joined image.
 *
 * @returns the decisions by image name. An image that names no platform has none if that of its runner is not known
 */
export async function decideReuse(
  { images: given, due, reading, runnerPlatform, maxAge }: ReuseRequest,
  { config, ci }: Project,
  session: Session,
  runtime: Runtime,
): Promise<ReadonlyMap<string, Decision>> {
  const docker = await readDockerConfig(runtime.env);
  const { pullThrough } = config.build;
  const images = await withPlatforms(given, runnerPlatform, reading);
  const names = new Set(images.flatMap(imagesBelow));
  const frontends = new Set(images.flatMap(({ frontend }) => frontend?.image ?? []));
  const question = {
    images: names,
    layerCaches: new Set<string>(),
    pullThrough,
    docker,
    fromFork: ci.fromFork,
  };
  const resolvers = { buildx: await findBuildx(runtime, runtime.env), session };
  const { sources } = await readBases(question, { names, frontends }, resolvers, runtime);
  const known = await identifyAll({ images, due, reading }, sources, runtime);
  const locations = new Locations(config, session);
  return decide(known, { maxAge, now: runtime.clock.now(), locations, sources });
}

/** Reads images that name no platform again, for the platform of their runner. */
function withPlatforms(
  images: readonly ImageInputs[],
  runnerPlatform: Platform | undefined,
  reading: Reading,
): Promise<readonly ImageInputs[]> {
  return forAll(images, (one) =>
    one.platforms.length > 0 || runnerPlatform === undefined
      ? Promise.resolve(one)
      : readInputs(one.image, { ...reading, ownPlatform: [runnerPlatform] }),
  );
}

/** Computes the fingerprints as the jobs of the matrix do: for each platform alone, on a runner of this platform. */
async function identifyAll(
  { images, due, reading }: Pick<ReuseRequest, 'images' | 'due' | 'reading'>,
  sources: ImageSources,
  { signal, imageSet }: Runtime,
): Promise<readonly KnownImage[]> {
  const folders = new FolderHashes(signal, imageSet);
  const wanted = images.filter(({ image, platforms }) => due.has(image.name) && platforms.length > 0);
  const platforms = new Map(
    wanted.flatMap((one) => one.platforms.map((platform) => [formatPlatform(platform), platform] as const)),
  );
  const alone = await forAll(platforms, async ([name, platform]) => {
    const read = await readFor(images, platform, reading);
    return [name, await identify(read, sources, folders)] as const;
  });
  return wanted.map((image) =>
    joinPlatforms(
      image,
      new Map(
        alone.flatMap(([name, known]) => {
          const one = known.find((other) => other.image.name === image.image.name);
          const isOwn = image.platforms.some((platform) => formatPlatform(platform) === name);
          return one === undefined || !isOwn ? [] : [[name, one] as const];
        }),
      ),
    ),
  );
}

async function readFor(
  images: readonly ImageInputs[],
  platform: Platform,
  reading: Reading,
): Promise<readonly ImageInputs[]> {
  const alone = { ...reading, platforms: [platform], ownPlatform: [platform] };
  return forAll(images, ({ image }) => readInputs(image, alone));
}
