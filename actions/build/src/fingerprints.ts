import { proxyName } from '@towpath/build-args';
import { fingerprint, FolderHashes, type Fingerprint } from '@towpath/build-context';
import { insideWorkspace, type ImageConfig } from '@towpath/config';
import { remoteSources } from '@towpath/dockerfile';
import { CodedError, type Problem } from '@towpath/errors';
import { posix } from 'node:path';
import { imagesBelow, type ImageFacts } from './image-facts.ts';
import { substitutes, type ImageSources } from './image-sources.ts';

/** An image that can be told from another one by what it is built from. */
export interface KnownImage extends ImageFacts {
  readonly fingerprint: Fingerprint;
  /** What of it may be another thing tomorrow, under the same name: its fingerprint does not tell. */
  readonly unfixed: readonly string[];
}

/**
 * Begins to read what the contexts of images hold, while the builder and the registries are asked. Where one cannot be
 * read, {@link identify} says so, if nothing else is wrong before.
 *
 * @param signal ends the reading
 */
export function beginHashing(
  images: readonly ImageConfig[],
  workspace: string,
  signal: AbortSignal,
): FolderHashes {
  const folders = new FolderHashes(signal);
  for (const { context, dockerfile } of images)
    Promise.all([insideWorkspace(workspace, context), insideWorkspace(workspace, dockerfile)]).then(
      (paths) => {
        folders.begin(...paths);
      },
      () => undefined,
    );
  return folders;
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
  const problems: Problem[] = [];
  for (const image of images) {
    try {
      known.set(image.image.name, await identifyOne(image, sources, folders, known));
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      problems.push(...error.problems.map((problem) => ofImage(problem, image.image)));
    }
  }
  if (problems.length > 0)
    throw CodedError.of(problems, (count) => `The contexts of the images have ${count} problems.`);
  return [...known.values()];
}

/** Whose a problem is, such as one of an ignore file, which knows its place in the context. */
function ofImage({ message, place, ...problem }: Problem, { name, context }: ImageConfig): Problem {
  const inContext = place && { ...place, file: posix.join(context, place.file) };
  return { ...problem, message: `Image ${name}, context ${context}: ${message}`, place: inContext };
}

async function identifyOne(
  read: ImageFacts,
  sources: ImageSources,
  folders: FolderHashes,
  known: ReadonlyMap<string, KnownImage>,
): Promise<KnownImage> {
  const { image, context, dockerfile, platforms, args, contexts, options } = read;
  const images = imagesBelow(read);
  const below = [...contexts.values()].flatMap((one) =>
    one.kind === 'target' ? (known.get(one.image) ?? []) : [],
  );
  const remote = [...contexts.values()].flatMap((one) =>
    one.kind === 'other' && !one.isFixed ? one.source : [],
  );
  const { digests = new Map<string, string>() } = sources;
  const unknown = images.filter((name) => !digests.has(name));
  // Their digests are known, but the builder cannot be held to them.
  const { hidden } = substitutes(read, sources);
  const own = new Map([...args].filter(([name]) => proxyName(name) === undefined));
  return {
    ...read,
    unfixed: [
      ...unknown,
      ...hidden.keys(),
      ...remote,
      ...remoteSources(read.text, own),
      ...below.flatMap((one) => one.unfixed),
    ],
    fingerprint: await fingerprint(
      {
        context,
        dockerfile,
        target: image.target,
        args: own,
        platforms,
        bases: new Map(images.map((name) => [name, digests.get(name) ?? ''])),
        contexts: new Map([...contexts].map(([name, one]) => [name, identityOf(one, known)])),
        options,
      },
      folders,
    ),
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
