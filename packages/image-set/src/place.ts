import { CodedError } from '@towpath/errors';
import { lstat, readdir, rm, rmdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileName, readImageSet } from './files.ts';

/** What a folder with an image set consists of: what says so comes last, and so goes last. */
const entries = ['oci-layout', 'index.json', 'blobs', fileName];

/**
 * Whether an image set can be left in a folder: in one that is not there yet, or is empty, or holds an older one. Of
 * any other nothing would be left.
 *
 * @throws CodedError `input-invalid` when it holds anything else, or cannot be read
 */
export async function demandPlace(folder: string): Promise<void> {
  const found = await entriesOf(folder);
  if (found.length === 0) return;
  const [stranger] = found.filter((name) => !entries.includes(name));
  if (stranger !== undefined) throw refused(folder, `it holds ${stranger}.`);
  await readImageSet(folder).catch((error: unknown) => {
    throw refused(folder, error instanceof CodedError ? error.message : String(error));
  });
}

/**
 * Removes an older image set, with its folder, and nothing else.
 *
 * @throws CodedError `input-invalid` as {@link demandPlace} does
 */
export async function clearPlace(folder: string): Promise<void> {
  await demandPlace(folder);
  const found = await lstat(folder).catch(() => undefined);
  if (found === undefined) return;
  if (found.isSymbolicLink()) return unlink(folder);
  for (const entry of entries) await rm(join(folder, entry), { recursive: true, force: true });
  await rmdir(folder);
}

async function entriesOf(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return [];
    throw refused(folder, `${message}.`);
  }
}

function refused(folder: string, why: string): CodedError {
  return new CodedError('input-invalid', `The image set cannot be left in ${folder}: ${why}`, {
    hint: 'Give the input image-set a folder that does not exist yet, or holds an older image set and nothing else.',
  });
}
