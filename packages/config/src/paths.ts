import { CodedError } from '@towpath/errors';
import { realpath } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';

/**
 * Returns the absolute path of a file or folder. The path may not leave the workspace by `..` or by a
 * symbolic link.
 *
 * @param path relative to the workspace, or absolute; it need not exist
 * @throws CodedError `config-invalid` if the path leads outside
 */
export async function insideWorkspace(workspace: string, path: string): Promise<string> {
  const absolute = resolve(workspace, path);
  const fromRoot = relative(await realPathOf(workspace), await realPathOf(absolute));
  if (fromRoot.split(sep)[0] === '..' || isAbsolute(fromRoot)) {
    throw new CodedError('config-invalid', `${path} leads out of the repository.`, {
      hint: 'Paths are relative to the root of the repository and stay in it.',
    });
  }
  return absolute;
}

/** Resolves symbolic links in the part of the path that exists. */
async function realPathOf(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    const parent = dirname(path);
    if (parent === path) throw error;
    return join(await realPathOf(parent), basename(path));
  }
}
