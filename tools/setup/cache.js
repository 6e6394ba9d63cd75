import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { withLock } from './lock.js';

/**
 * The folder for everything that set-up creates and keeps. It can be deleted at any time; the next set-up
 * recreates it.
 */
export const cacheFolder = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'towpath');

/**
 * Returns a folder of the cache and creates it if it does not exist. It is created completely or not at all,
 * and by one set-up at a time.
 *
 * @param {string} name that contains everything the content depends on
 * @param {(folder: string) => Promise<void>} make fills the given empty folder
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
