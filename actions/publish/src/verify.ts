import { FolderHashes, type Fingerprint } from '@towpath/build-context';
import {
  buildOrder,
  changedInputs,
  identify,
  imagesBelow,
  readInputs,
  type ImageInputs,
} from '@towpath/build-inputs';
import { forAll } from '@towpath/concurrency';
import type { Config, ImageConfig } from '@towpath/config';
import { CodedError } from '@towpath/errors';
import type { Runtime } from '@towpath/flow';
import { inputsAnnotation, joinedFingerprint, type BuiltImage } from '@towpath/image-set';
import { proxyName, proxyOf } from '@towpath/proxy';
import { formatPlatform, parsePlatform, type Platform } from '@towpath/reference';

/** An image of the set and its build results, one for each job that built some of its platforms. */
export interface Claim {
  readonly image: ImageConfig;
  readonly parts: readonly BuiltImage[];
}

/** The parts of the step that the computation needs. */
export interface Checkout extends Pick<Runtime, 'workspace' | 'env' | 'signal' | 'imageSet'> {
  readonly config: Config;
  /** The build args of the build, in addition to the configured ones. */
  readonly args: ReadonlyMap<string, string>;
}

/**
 * Computes the fingerprints of images from this checkout and compares them with those that the build recorded.
 * Anyone who can change the build could choose those. All parts of an image have the same fingerprint. The
 * fingerprint of the joined image was computed from its parts when the sets were merged.
 *
 * Only a builder knows the digests of base images. They are taken from the image set, for exactly the images
 * that the Dockerfiles of this checkout name. A build with false digests deceives only later builds of the
 * same sources, and those already deliver its image.
 *
 * @returns the reasons why fingerprints are wrong or cannot be computed, by image name; correct ones are
 * omitted
 */
export async function verifyFingerprints(
  claims: readonly Claim[],
  checkout: Checkout,
): Promise<ReadonlyMap<string, string>> {
  const folders = new FolderHashes(checkout.signal, checkout.imageSet);
  const doubted = await forAll(claims, async ({ image, parts }): Promise<[string, string][]> => {
    for (const part of parts) {
      const why = await whyDoubted(image, part, checkout, folders);
      if (why !== undefined) return [[image.name, why]];
    }
    return [];
  });
  return new Map(doubted.flat());
}

async function whyDoubted(
  image: ImageConfig,
  built: BuiltImage,
  checkout: Checkout,
  folders: FolderHashes,
): Promise<string | undefined> {
  try {
    return await compare(image, built, checkout, folders);
  } catch (error) {
    // Without the sources there is nothing to compute from. This is not an error: most runs publish without them.
    if (error instanceof CodedError) return error.problems[0]?.message ?? error.message;
    throw error;
  }
}

async function compare(
  image: ImageConfig,
  built: BuiltImage,
  checkout: Checkout,
  folders: FolderHashes,
): Promise<string | undefined> {
  const platforms = Object.keys(built.platforms).flatMap((text) => parsePlatform(text) ?? []);
  const inputs = await readFor(image, platforms, checkout);
  const named = new Set(inputs.flatMap(imagesBelow));
  const bases = new Map(Object.entries(built.bases ?? {}));
  const unknown = [...named].filter((name) => !bases.has(name));
  if (unknown.length > 0) return `the build did not record the digest of ${unknown.join(', ')}`;
  const foreign = [...bases.keys()].filter((name) => !named.has(name));
  if (foreign.length > 0) return `the Dockerfile here does not name ${foreign.join(', ')}`;
  const own = await fingerprintOf(image, inputs, bases, folders);
  if (own === undefined) return 'it cannot be computed';
  if (own.value === built.fingerprint) return undefined;
  if (platforms.length > 1) {
    // A reused image may have been joined from platforms that were built by different jobs.
    const alone = await forAll(platforms, async (platform) => {
      const read = await readFor(image, [platform], checkout);
      const { value = '' } = (await fingerprintOf(image, read, bases, folders)) ?? {};
      return [formatPlatform(platform), value] as const;
    });
    if (joinedFingerprint(new Map(alone)) === built.fingerprint) return undefined;
  }
  const changed = changedInputs(own, built.annotations?.[inputsAnnotation] ?? '');
  return changed.length === 0
    ? 'the fingerprint is not the one of its inputs'
    : `${changed.join(', ')} differ from this checkout`;
}

/** Reads an image, and the images that it is built on, as a build for these platforms does. */
async function readFor(
  image: ImageConfig,
  platforms: readonly Platform[],
  { config, workspace, env, args }: Checkout,
): Promise<readonly ImageInputs[]> {
  const isAsConfigured = sameTexts(platforms.map(formatPlatform), image.platforms.map(formatPlatform));
  const reading = {
    config,
    workspace,
    // Base images from the configuration have their own platforms, unless the build was given some.
    platforms: isAsConfigured ? [] : platforms,
    ownPlatform: platforms,
    args: new Map([...args].filter(([name]) => proxyName(name) === undefined)),
    proxy: { shared: proxyOf(env), docker: proxyOf(), mode: undefined },
  };
  const inputs: ImageInputs[] = [];
  for (const one of buildOrder([image], config)) inputs.push(await readInputs(one, reading));
  return inputs;
}

async function fingerprintOf(
  { name }: ImageConfig,
  inputs: readonly ImageInputs[],
  bases: ReadonlyMap<string, string>,
  folders: FolderHashes,
): Promise<Fingerprint | undefined> {
  const known = await identify(inputs, bases, folders);
  return known.find(({ image }) => image.name === name)?.fingerprint;
}

function sameTexts(one: readonly string[], other: readonly string[]): boolean {
  return JSON.stringify([...new Set(one)].sort()) === JSON.stringify([...new Set(other)].sort());
}
