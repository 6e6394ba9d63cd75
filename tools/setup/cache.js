import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { withLock } from './lock.js';

/** Everything set-up makes and keeps. It can be deleted at any time: the next set-up makes it again. */
export const cacheFolder = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'towpath');

/**
 * A folder of the cache, made when it is not there: whole or not at all, and by one set-up at a time.
 *
 * @param {string} name which has in it all that the content depends on
 * @param {(folder: string) => Promise<void>} make fills the empty folder it is given
 * @returns {Promise<string>} the folder
 */
export async function cached(name, make) {
  const folder = join(cacheFolder, name);
  if (existsSync(folder)) return folder;
  return withLock(`${folder}.lock`, name, async () => {
    if (existsSync(folder)) return folder;
    const unfinished = `${folder}.unfinished`;
    await rm(unfinished, { recursive: true, force: true });
    await mkdir(unfinished, { recursive: true });
    await make(unfinished);
    await rename(unfinished, folder);
    return folder;
  });
}
