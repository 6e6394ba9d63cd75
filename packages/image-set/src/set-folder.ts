import { CodedError } from '@towpath/errors';
import { useFolder, useParent } from '@towpath/files';
import { cp, lstat, readdir, rename, rm, rmdir, unlink } from 'node:fs/promises';
import { isAbsolute, parse, relative, resolve, sep } from 'node:path';
import { fileName, readImageSet } from './files.ts';

/** What a folder with an image set consists of: what says so comes last, and so goes last. */
const entries = ['oci-layout', 'index.json', 'blobs', fileName];

/**
 * Checks that an image set can be written to a folder: one that does not exist yet, is empty, or holds an older image
 * set and nothing else.
 *
 * @param roots folders that the image set must not leave by a symbolic link, if its path is below one of them
 * @throws CodedError `input-invalid` if it holds anything else, is in `.git`, leaves its root, or cannot be read
 */
export async function demandPlace(folder: string, roots: readonly string[] = []): Promise<void> {
  await useParent(rootOf(folder, roots), resolve(folder), {}, () => Promise.resolve());
  const found = await entriesOf(folder);
  if (found.length === 0) return;
  const [stranger] = found.filter((name) => !entries.includes(name));
  if (stranger !== undefined) throw refused(folder, `it holds ${stranger}.`);
  await readImageSet(folder).catch((error: unknown) => {
    throw refused(folder, error instanceof CodedError ? error.message : String(error));
  });
}

/**
 * Removes an older image set, with its folder, and nothing else. Of a link, only the link is removed.
 *
 * @throws CodedError `input-invalid` as {@link demandPlace} does
 */
export async function clearPlace(folder: string, roots: readonly string[] = []): Promise<void> {
  await demandPlace(folder, roots);
  await useParent(rootOf(folder, roots), resolve(folder), {}, async (parent, name) => {
    if (parent === undefined) return;
    const path = parent.at(name);
    const found = await lstat(path).catch(() => undefined);
    if (found === undefined) return;
    if (found.isSymbolicLink()) return unlink(path);
    await useFolder(parent.path, name, {}, async (old) => {
      if (old === undefined) return;
      for (const entry of entries) await rm(old.at(entry), { recursive: true, force: true });
    });
    await rmdir(path);
  });
}

/**
 * Moves a folder with an image set to its place, which {@link clearPlace} has cleared, also to another file system. A
 * reader sees the whole set or none.
 *
 * @throws CodedError `input-invalid` as {@link demandPlace} does
 */
export async function fillPlace(from: string, folder: string, roots: readonly string[] = []): Promise<void> {
  await useParent(rootOf(folder, roots), resolve(folder), { create: true }, async (parent, name) => {
    if (parent === undefined) throw new Error(`${folder} has no parent, though it was created`);
    const part = parent.at(`${name}.towpath-part`);
    await rm(part, { recursive: true, force: true });
    try {
      await rename(from, part);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
      await copyFolder(from, part);
    }
    await rename(part, parent.at(name));
  });
}

/** Copies all of a folder, or leaves nothing. */
async function copyFolder(from: string, to: string): Promise<void> {
  try {
    await cp(from, to, { recursive: true });
  } catch (error) {
    await rm(to, { recursive: true, force: true });
    throw error;
  }
}

/** The root that a path is below; a path elsewhere was chosen in the workflow, and may be anywhere. */
function rootOf(folder: string, roots: readonly string[]): string {
  const path = resolve(folder);
  const isBelow = (root: string) => !['..', ''].includes(relative(root, path).split(sep)[0] ?? '');
  return roots.find((root) => isBelow(root) && !isAbsolute(relative(root, path))) ?? parse(path).root;
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
