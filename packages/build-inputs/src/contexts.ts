import { insideWorkspace, type ImageConfig, type NamedContext } from '@towpath/config';
import { isAtCommit, remoteKind } from '@towpath/dockerfile';
import { CodedError } from '@towpath/errors';
import { readTextWithin } from '@towpath/files';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { gatherProblems } from './gather-problems.ts';
import { similarPath } from './similar-path.ts';

/** The source of a named context, and the value that shows whether it has changed. */
export type ContextFacts =
  | { readonly kind: 'folder'; readonly folder: string }
  | { readonly kind: 'image'; readonly reference: string }
  /** An OCI layout or a remote source, in the form that buildx accepts. */
  | { readonly kind: 'other'; readonly source: string; readonly identity: string; readonly isFixed: boolean }
  | { readonly kind: 'target'; readonly image: string };

/** @throws CodedError `config-invalid`, `context-missing` */
export async function readContexts(
  { name, contexts }: ImageConfig,
  workspace: string,
): Promise<ReadonlyMap<string, ContextFacts>> {
  const read = [...contexts].map(async ([key, context]) => {
    return [key, await readContext(name, context, workspace)] as const;
  });
  return new Map(await gatherProblems(read));
}

/**
 * Returns the absolute path of an image's context folder.
 *
 * @throws CodedError `context-missing` if it does not exist, `config-invalid` if it is outside the repository
 */
export async function contextFolder(image: string, path: string, workspace: string): Promise<string> {
  const folder = insideWorkspace(workspace, path);
  const isFolder = await stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (isFolder) return folder;
  const near = await similarPath(workspace, path);
  throw new CodedError('context-missing', `Image ${image} builds with ${path}, which is not a folder.`, {
    hint:
      near === undefined
        ? 'Check out the repository before this step, with this folder if the checkout is sparse. Paths are relative to its root.'
        : `Did you mean ${near}? Paths are relative to the root of the repository.`,
  });
}

async function readContext(image: string, context: NamedContext, workspace: string): Promise<ContextFacts> {
  switch (context.kind) {
    case 'folder':
      return { kind: 'folder', folder: await contextFolder(image, context.path, workspace) };
    case 'layout': {
      const folder = insideWorkspace(workspace, context.path);
      const suffix = `${context.tag === undefined ? '' : `:${context.tag}`}${context.digest === undefined ? '' : `@${context.digest}`}`;
      const identity = context.digest ?? `${suffix} ${await readIndex(image, folder, context.path)}`;
      return { kind: 'other', source: `oci-layout://${folder}${suffix}`, identity, isFixed: true };
    }
    case 'remote':
      return { kind: 'other', source: context.url, identity: context.url, isFixed: isFixed(context.url) };
    default:
      return context;
  }
}

/**
 * Returns whether the content of a URL cannot change. That is true for a Git repository with a full commit,
 * never for an archive over HTTP.
 */
function isFixed(url: string): boolean {
  const address = url.startsWith('github.com/') ? `https://${url}` : url;
  const isGit = address !== url || remoteKind(address) === 'git';
  return isGit && isAtCommit(address);
}

/** In bytes. Registries accept no larger index. */
const maxIndex = 4 * 2 ** 20;

async function readIndex(image: string, folder: string, path: string): Promise<string> {
  try {
    return await readTextWithin(join(folder, 'index.json'), {
      code: 'context-missing',
      name: `Image ${image}: ${path}/index.json`,
      maxBytes: maxIndex,
    });
  } catch (cause) {
    if (cause instanceof CodedError) throw cause;
    throw new CodedError(
      'context-missing',
      `Image ${image} builds with ${path}, which is not an OCI layout.`,
      {
        hint: 'Create it in a step before this one. It must be a folder with an index.json.',
        cause,
      },
    );
  }
}
