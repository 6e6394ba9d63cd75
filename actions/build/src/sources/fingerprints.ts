import {
  fixedArgs,
  identify as fingerprintAll,
  imagesBelow,
  targetsOf,
  type Identified,
} from '@towpath/build-inputs';
import type { FolderHashes } from '@towpath/build-context';
import { remoteSources } from '@towpath/dockerfile';
import type { Digest } from '@towpath/reference';
import type { ImageFacts } from './image-facts.ts';
import { substitutes, type ImageSources } from './image-sources.ts';

/** An image with its fingerprint, and the inputs that the fingerprint cannot hold to what they are now. */
export interface KnownImage extends Identified<ImageFacts> {
  /** Inputs that may change under the same name. An image that has any is never reused. */
  readonly unfixed: readonly string[];
  /** The digests of the images that it and the images below it are built from, as far as they are known. */
  readonly baseDigests: ReadonlyMap<string, Digest>;
}

/**
 * Gives each image its fingerprint.
 *
 * @param images what others are built upon comes before them
 * @param sources with the digests of the images that Dockerfiles name, as far as they could be found out
 * @throws CodedError that lists the problems of all contexts
 */
export async function identify(
  images: readonly ImageFacts[],
  sources: ImageSources,
  folders: FolderHashes,
): Promise<readonly KnownImage[]> {
  const known = new Map<string, KnownImage>();
  for (const image of await fingerprintAll(images, sources.digests ?? new Map(), folders))
    known.set(image.image.name, {
      ...image,
      unfixed: unfixedOf(image, sources, known),
      baseDigests: baseDigestsOf(image, sources, known),
    });
  return [...known.values()];
}

function baseDigestsOf(
  read: ImageFacts,
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
  read: ImageFacts,
  sources: ImageSources,
  known: ReadonlyMap<string, KnownImage>,
): readonly string[] {
  const { image, platforms, buildPlatform } = read;
  const contexts = [...read.contexts.values()];
  const below = contexts.flatMap((one) => (one.kind === 'target' ? (known.get(one.image) ?? []) : []));
  const remote = contexts.flatMap((one) => (one.kind === 'other' && !one.isFixed ? one.source : []));
  const unknown = imagesBelow(read).filter((name) => sources.digests?.has(name) !== true);
  // Their digests are known, but the builder cannot be held to them.
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
