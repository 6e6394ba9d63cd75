import { CodedError } from '@towpath/errors';
import { realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';

/**
 * Returns the absolute path of a file or folder. The path may not leave the workspace by `..` or by a
 * symbolic link. Synchronous: a step resolves several paths of each image, and a promise for each takes longer.
 *
 * @param path relative to the workspace, or absolute; it need not exist
 * @throws CodedError `config-invalid` if the path leads outside
 */
export function insideWorkspace(workspace: string, path: string): string {
  const absolute = resolve(workspace, path);
  const fromRoot = relative(realPathOf(workspace), realPathOf(absolute));
  if (fromRoot.split(sep)[0] === '..' || isAbsolute(fromRoot)) {
    throw new CodedError('config-invalid', `${path} leads out of the repository.`, {
      hint: 'Paths are relative to the root of the repository and stay in it.',
    });
  }
  return absolute;
}

/** Resolves symbolic links in the part of the path that exists. */
function realPathOf(path: string): string {
  try {
    return realpathSync.native(path);
  } catch (error) {
    const parent = dirname(path);
    if (parent === path) throw error;
    return join(realPathOf(parent), basename(path));
  }
}
