import {
  fixedArgs,
  identify as fingerprintAll,
  imagesBelow,
  targetsOf,
  type Identified,
  type ImageInputs,
} from '@towpath/build-inputs';
import type { FolderHashes } from '@towpath/build-context';
import { remoteSources } from '@towpath/dockerfile';
import { joinedFingerprint } from '@towpath/image-set';
import type { Digest } from '@towpath/reference';
import { substitutes, type ImageSources } from './image-sources.ts';

/** An image with its fingerprint, and the inputs that the fingerprint cannot cover. */
export type KnownImage<Inputs extends ImageInputs = ImageInputs> = Identified<Inputs> & {
  /** Inputs whose content can change under the same name. An image that has any is never reused. */
  readonly unfixed: readonly string[];
  /** The known digests of the images that it, and the images it is built on, start from. */
  readonly baseDigests: ReadonlyMap<string, Digest>;
};

/**
 * Computes the fingerprint of each image.
 *
 * @param images sorted: an image comes after the images that it is built on
 * @param sources with the digests of the images in the Dockerfiles, if they could be resolved
 * @throws CodedError that lists the problems of all contexts
 */
export async function identify<Inputs extends ImageInputs>(
  images: readonly Inputs[],
  sources: ImageSources,
  folders: FolderHashes,
): Promise<readonly KnownImage<Inputs>[]> {
  const known = new Map<string, KnownImage<Inputs>>();
  for (const image of await fingerprintAll(images, sources.digests ?? new Map(), folders))
    known.set(image.image.name, {
      ...image,
      unfixed: unfixedOf(image, sources, known),
      baseDigests: baseDigestsOf(image, sources, known),
    });
  return [...known.values()];
}

/**
 * Joins what is known about an image whose platforms are built by different jobs.
 *
 * @param image for all platforms
 * @param byPlatform the same image for each platform alone, by platform
 */
export function joinPlatforms(image: ImageInputs, byPlatform: ReadonlyMap<string, KnownImage>): KnownImage {
  const known = [...byPlatform.values()];
  const [first] = known;
  if (first === undefined) throw new Error('an image has a platform');
  if (known.length === 1) return first;
  const fingerprints = new Map([...byPlatform].map(([platform, one]) => [platform, one.fingerprint.value]));
  return {
    ...image,
    fingerprint: { ...first.fingerprint, value: joinedFingerprint(fingerprints) },
    unfixed: [...new Set(known.flatMap(({ unfixed }) => unfixed))],
    baseDigests: new Map(known.flatMap(({ baseDigests }) => [...baseDigests])),
  };
}

function baseDigestsOf(
  read: ImageInputs,
  { digests }: ImageSources,
  known: ReadonlyMap<string, KnownImage>,
): ReadonlyMap<string, Digest> {
  const own = imagesBelow(read).flatMap((name) => {
    const digest = digests?.get(name);
    return digest === undefined ? [] : [[name, digest] as const];
  });
  const below = targetsOf(read.image).flatMap((name) => [...(known.get(name)?.baseDigests ?? [])]);
  return new Map([...below, ...own]);
}

function unfixedOf(
  read: ImageInputs,
  sources: ImageSources,
  known: ReadonlyMap<string, KnownImage>,
): readonly string[] {
  const { image, platforms, buildPlatform } = read;
  const contexts = [...read.contexts.values()];
  const below = contexts.flatMap((one) => (one.kind === 'target' ? (known.get(one.image) ?? []) : []));
  const remote = contexts.flatMap((one) => (one.kind === 'other' && !one.isFixed ? one.source : []));
  const unknown = imagesBelow(read).filter((name) => sources.digests?.has(name) !== true);
  // Their digests are known, but BuildKit cannot be pinned to them.
  const { hidden } = substitutes(read, sources);
  return [
    ...unknown,
    ...hidden.keys(),
    ...remote,
    ...remoteSources(read.text, {
      platforms,
      buildPlatform,
      target: image.target,
      args: fixedArgs(read),
      contexts: new Set([...read.contexts.keys()].map((name) => name.toLowerCase())),
    }),
    ...below.flatMap((one) => one.unfixed),
  ];
}
