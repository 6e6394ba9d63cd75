import dockerignore from '@balena/dockerignore';
import { CodedError } from '@towpath/errors';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';

/** One entry of a build context. */
export interface ContextFile {
  /** Relative to the context, with forward slashes. */
  readonly path: string;
  readonly kind: 'file' | 'link';
}

/**
 * The files that a builder is sent, in the order of their paths: the context without what `.dockerignore` excludes.
 * The Dockerfile's own ignore file counts before the context's (Docker docs, "Filename and location").
 *
 * @param dockerfile its absolute path
 * @throws CodedError `context-missing`
 */
export async function contextFiles(context: string, dockerfile: string): Promise<readonly ContextFile[]> {
  const isFolder = await stat(context).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) {
    throw new CodedError('context-missing', `The build context ${context} is no folder.`, {
      hint: 'Is the repository checked out, and is context relative to its root?',
    });
  }
  const rules = dockerignore.default().add(await readIgnoreFile(context, dockerfile));
  const entries = await readdir(context, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() || entry.isSymbolicLink())
    .map((entry): ContextFile => {
      const path = relative(context, join(entry.parentPath, entry.name)).replaceAll(sep, '/');
      return { path, kind: entry.isFile() ? 'file' : 'link' };
    })
    .filter(({ path }) => !rules.ignores(path))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function readIgnoreFile(context: string, dockerfile: string): Promise<string> {
  for (const path of [`${dockerfile}.dockerignore`, join(context, '.dockerignore')]) {
    const text = await readFile(path, 'utf8').catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    });
    if (text !== undefined) return text;
  }
  return '';
}
