import { CodedError } from '@towpath/errors';
import { realpath } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';

/**
 * The absolute path of a file or folder that must not leave the workspace, neither by `..` nor by a symbolic link.
 *
 * @param path relative to the workspace, or absolute; it need not exist
 * @throws CodedError `config-invalid` when it leads outside
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

/** The path without symbolic links, as far as it exists. */
async function realPathOf(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    const parent = dirname(path);
    if (parent === path) throw error;
    return join(await realPathOf(parent), basename(path));
  }
}
