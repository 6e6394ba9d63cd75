import { insideWorkspace } from '@towpath/config';
import { nearest } from '@towpath/errors';
import { readdir } from 'node:fs/promises';
import { posix } from 'node:path';

/**
 * Returns the existing path that a missing path of the configuration probably means, for a message: each part is the
 * entry of its folder with this name, or with the most similar one. A `\` counts as `/`.
 *
 * @param path relative to the workspace
 */
export async function similarPath(workspace: string, path: string): Promise<string | undefined> {
  let found = '.';
  for (const part of posix.normalize(path.replaceAll('\\', '/')).split('/')) {
    const names = await namesIn(workspace, found);
    const name = names.includes(part) ? part : nearest(part, names);
    if (name === undefined) return undefined;
    found = posix.join(found, name);
  }
  return found;
}

async function namesIn(workspace: string, folder: string): Promise<readonly string[]> {
  try {
    return await readdir(insideWorkspace(workspace, folder));
  } catch {
    return [];
  }
}
