import { proxyName } from '@towpath/build-args';
import { fingerprint, type Fingerprint } from '@towpath/build-context';
import { CodedError } from '@towpath/errors';
import type { ImageFacts } from './image-facts.ts';
import { substitutes, type ImageSources } from './image-sources.ts';

/** An image that can be told from another one by what it is built from. */
export interface KnownImage extends ImageFacts {
  readonly fingerprint: Fingerprint;
  /** What of it may be another thing tomorrow, under the same name: its fingerprint does not tell. */
  readonly unfixed: readonly string[];
}

/**
 * Gives each image its fingerprint.
 *
 * @param images what others are built upon comes before them
 * @param sources with the digests of the images that Dockerfiles name, as far as they could be found out
 */
export async function identify(
  images: readonly ImageFacts[],
  sources: ImageSources,
): Promise<readonly KnownImage[]> {
  const known = new Map<string, KnownImage>();
  for (const image of images) {
    const { name, context } = image.image;
    const one = await identifyOne(image, sources, known).catch((error: unknown) => {
      throw named(error, `Image ${name}, context ${context}`);
    });
    known.set(name, one);
  }
  return [...known.values()];
}

/** Whose the problems are, such as those of an ignore file: each context may have one. */
function named(error: unknown, whose: string): unknown {
  if (!(error instanceof CodedError)) return error;
  const problems = error.problems.map((one) => ({ ...one, message: `${whose}: ${one.message}` }));
  return CodedError.of(problems, () => error.message);
}

async function identifyOne(
  read: ImageFacts,
  sources: ImageSources,
  known: ReadonlyMap<string, KnownImage>,
): Promise<KnownImage> {
  const { image, context, dockerfile, platforms, args, contexts, baseImages, stages, options } = read;
  const below = [...contexts.values()].flatMap((one) =>
    one.kind === 'target' ? (known.get(one.image) ?? []) : [],
  );
  const remote = [...contexts.values()].flatMap((one) =>
    one.kind === 'other' && !one.isFixed ? one.source : [],
  );
  const { digests = new Map<string, string>() } = sources;
  const unknown = baseImages.filter((name) => !digests.has(name));
  // Their digests are known, but the builder cannot be held to them.
  const { hidden } = substitutes(baseImages, stages, sources);
  return {
    ...read,
    unfixed: [...unknown, ...hidden, ...remote, ...below.flatMap((one) => one.unfixed)],
    fingerprint: await fingerprint({
      context,
      dockerfile,
      target: image.target,
      args: new Map([...args].filter(([name]) => proxyName(name) === undefined)),
      platforms,
      bases: new Map(baseImages.map((name) => [name, digests.get(name) ?? ''])),
      contexts: new Map([...contexts].map(([name, one]) => [name, identityOf(one, known)])),
      options,
    }),
  };
}

function identityOf(
  context: ImageFacts['contexts'] extends ReadonlyMap<string, infer C> ? C : never,
  known: ReadonlyMap<string, KnownImage>,
): { readonly folder: string } | { readonly text: string } {
  switch (context.kind) {
    case 'folder':
      return context;
    case 'image':
      return { text: context.reference };
    case 'other':
      return { text: context.identity };
    case 'target':
      return { text: known.get(context.image)?.fingerprint.value ?? '' };
  }
}
