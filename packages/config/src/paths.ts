import { CodedError } from '@towpath/errors';
import { existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { isAbsolute, join, relative } from 'node:path';

/**
 * The absolute path of a file or folder that must not leave the workspace, neither by `..` nor by a symbolic link.
 *
 * @param path relative to the workspace; it need not exist
 * @throws CodedError `config-invalid` when it leads outside
 */
export async function insideWorkspace(workspace: string, path: string): Promise<string> {
  const absolute = join(workspace, path);
  const real = existsSync(absolute) ? await realpath(absolute) : absolute;
  const root = existsSync(absolute) ? await realpath(workspace) : workspace;
  const fromRoot = relative(root, real);
  if (isAbsolute(path) || fromRoot.split(/[\\/]/)[0] === '..' || isAbsolute(fromRoot)) {
    throw new CodedError('config-invalid', `${path} leads out of the repository.`, {
      hint: 'Paths are relative to the root of the repository and stay in it.',
    });
  }
  return absolute;
}
