import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder } from './cache.js';
import { tryLock } from './lock.js';

/**
 * Takes a numbered folder of the cache that no other set-up uses. If one command runs at a time, it is always
 * the first folder, with the files of the last run. A second concurrent command gets another folder, so it
 * neither waits nor shares.
 *
 * @param {string} kind
 * @returns {Promise<import('./lock.js').Lock & { folder: string, number: number }>}
 */
export async function takeSlot(kind) {
  for (let number = 1; ; number++) {
    const folder = join(cacheFolder, kind, String(number));
    await mkdir(folder, { recursive: true });
    const lock = await tryLock(join(folder, 'lock'));
    if (lock) return { ...lock, folder, number };
  }
}
