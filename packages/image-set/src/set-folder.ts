import { CodedError } from '@towpath/errors';
import { useFolder, useParent } from '@towpath/files';
import { cp, lstat, readdir, rename, rm, rmdir, unlink } from 'node:fs/promises';
import { isAbsolute, parse, relative, resolve, sep } from 'node:path';
import { fileName, readImageSet } from './files.ts';

/** The folder in an image set with the reports of scanners. Reports are claims of the job that built. */
export const scansFolder = 'scans';

/** The entries of an image set folder, in the order of their removal. images.json marks the folder and goes last. */
const entries = ['.gitignore', 'oci-layout', 'index.json', 'blobs', scansFolder, fileName];

/**
 * Checks that an image set can be written to a folder: the folder is missing or empty, or contains only an older image
 * set.
 *
 * @param roots folders that a path below them must not leave through a symbolic link
 * @throws CodedError `input-invalid` if the folder has other content, is in `.git`, leaves its root, or is unreadable
 */
export async function requireSetFolder(folder: string, roots: readonly string[] = []): Promise<void> {
  await useParent(rootOf(folder, roots), resolve(folder), {}, () => Promise.resolve());
  const found = await entriesOf(folder);
  if (found.length === 0) return;
  const other = found.find((name) => !entries.includes(name));
  if (other !== undefined) throw refused(folder, `it contains ${other}.`);
  await readImageSet(folder).catch((error: unknown) => {
    throw refused(folder, error instanceof CodedError ? error.message : String(error));
  });
}

/**
 * Removes an older image set and its folder, and nothing else. If the path is a link, removes only the link.
 *
 * @throws CodedError `input-invalid` as {@link requireSetFolder} does
 */
export async function clearSetFolder(folder: string, roots: readonly string[] = []): Promise<void> {
  await requireSetFolder(folder, roots);
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
 * Moves a folder with an image set to a path that {@link clearSetFolder} has cleared, also across file systems. Readers
 * see the whole set or none.
 *
 * @throws CodedError `input-invalid` as {@link requireSetFolder} does
 */
export async function moveToSetFolder(
  from: string,
  folder: string,
  roots: readonly string[] = [],
): Promise<void> {
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

/** Copies a folder, and removes the copy if it is incomplete. */
async function copyFolder(from: string, to: string): Promise<void> {
  try {
    await cp(from, to, { recursive: true });
  } catch (error) {
    await rm(to, { recursive: true, force: true });
    throw error;
  }
}

/** Returns the root above a path, or `/` for a path outside of all roots, which the workflow may choose freely. */
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
  return new CodedError('input-invalid', `The image set cannot be written to ${folder}: ${why}`, {
    hint: 'Set the input image-set to a folder that does not exist yet, or that contains only an older image set.',
  });
}
