import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder } from './cache.js';
import { tryLock } from './lock.js';

/**
 * A numbered folder of the cache that no other set-up has now: the first, when one command runs at a time, so that
 * it finds what it left there; another beside it for a second command, which neither waits nor shares.
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
