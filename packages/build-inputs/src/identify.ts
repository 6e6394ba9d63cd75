import { fingerprint, fingerprintParts, FolderHashes, type Fingerprint } from '@towpath/build-context';
import { insideWorkspace, type ImageConfig } from '@towpath/config';
import { CodedError, type Problem } from '@towpath/errors';
import { proxyName } from '@towpath/proxy';
import { ofImage } from './context-problem.ts';
import type { ContextFacts } from './contexts.ts';
import { imagesBelow, type ImageInputs } from './image-inputs.ts';

/** An image with the fingerprint of its inputs. */
export type Identified<Inputs extends ImageInputs = ImageInputs> = Inputs & {
  readonly fingerprint: Fingerprint;
};

/**
 * Starts hashing the contexts of images while other work waits for the builder and the registries. If a
 * context cannot be read, {@link identify} reports it, unless another error comes first.
 *
 * @param signal cancels the reading
 * @param except an absolute path that belongs to no context
 */
export function beginHashing(
  images: readonly ImageConfig[],
  workspace: string,
  signal: AbortSignal,
  except?: string,
): FolderHashes {
  const folders = new FolderHashes(signal, except);
  for (const { context, dockerfile } of images) {
    try {
      folders.begin(insideWorkspace(workspace, context), insideWorkspace(workspace, dockerfile));
    } catch {
      // Reading the inputs of the image reports a path that leads out of the workspace.
    }
  }
  return folders;
}

/**
 * Computes the fingerprint of each image.
 *
 * @param images in build order, with the images that others are built on first
 * @param digests of the images that Dockerfiles name; a name without one counts as an empty digest
 * @throws CodedError that lists the problems of all contexts
 */
export async function identify<Inputs extends ImageInputs>(
  images: readonly Inputs[],
  digests: ReadonlyMap<string, string>,
  folders: FolderHashes,
): Promise<readonly Identified<Inputs>[]> {
  const known = new Map<string, Identified<Inputs>>();
  const problems: Problem[] = [];
  for (const image of images) {
    try {
      const fingerprint = await fingerprintOf(image, digests, folders, known);
      known.set(image.image.name, { ...image, fingerprint });
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      problems.push(...error.problems.map((problem) => ofImage(problem, image.image)));
    }
  }
  if (problems.length > 0)
    throw CodedError.of(problems, (count) => `The contexts of the images have ${count} problems.`);
  return [...known.values()];
}

/** Returns the build args of an image without the proxy, which is not part of it. */
export function fixedArgs({ args }: Pick<ImageInputs, 'args'>): ReadonlyMap<string, string> {
  return new Map([...args].filter(([name]) => proxyName(name) === undefined));
}

/** Returns a short hash of each input of an image, in the format of its annotation. */
export function describeInputs({ parts }: Fingerprint): string {
  return fingerprintParts.map((part) => `${part}=${parts[part].slice(0, 12)}`).join(' ');
}

/** Returns the names of the inputs that differ from those in an annotation. */
export function changedInputs(fingerprint: Fingerprint, annotation: string): readonly string[] {
  const before = new Set(annotation.split(' '));
  return describeInputs(fingerprint)
    .split(' ')
    .filter((input) => !before.has(input))
    .map((input) => input.slice(0, input.indexOf('=')));
}

function fingerprintOf(
  read: ImageInputs,
  digests: ReadonlyMap<string, string>,
  folders: FolderHashes,
  known: ReadonlyMap<string, Identified>,
): Promise<Fingerprint> {
  const { image, context, dockerfile, platforms, contexts, options } = read;
  return fingerprint(
    {
      context,
      dockerfile,
      target: image.target,
      args: fixedArgs(read),
      platforms,
      bases: new Map(imagesBelow(read).map((name) => [name, digests.get(name) ?? ''])),
      contexts: new Map([...contexts].map(([name, one]) => [name, identityOf(one, known)])),
      options,
    },
    folders,
  );
}

function identityOf(
  context: ContextFacts,
  known: ReadonlyMap<string, Identified>,
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
