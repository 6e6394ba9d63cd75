import { CodedError, type Code } from '@towpath/errors';
import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { kindOf } from './read.ts';
import { useFolder, useParent, type Folder } from './folder.ts';

/** The options to write a file. */
export interface WriteOptions {
  /** The mode of the new file, before the umask. Default: 0666. */
  readonly mode?: number;
  /** The code of the error. Default: `input-invalid`. */
  readonly code?: Code;
}

/** The content of a file, or its parts in their order. */
type FileContent = string | Uint8Array | Iterable<string>;

/**
 * Writes a file below a root in one step, and creates missing folders. Writes a new file in the same folder and renames
 * it, so that no link is followed and other hard links of an old file keep their content.
 *
 * @param path a path relative to the root, or an absolute path
 * @throws CodedError as {@link useFolder} does, or if the path is a link, a folder or a device
 */
export async function writeFileInside(
  root: string,
  path: string,
  content: FileContent,
  options: WriteOptions = {},
): Promise<void> {
  await useParent(root, path, { ...options, create: true }, async (folder, name) => {
    if (folder === undefined) throw new Error(`${path} has no folder, though it was created`);
    await requireFile(folder, name, options);
    await writeNew(folder, name, content, options);
  });
}

/**
 * Checks that files of a folder can be written, without writing.
 *
 * @throws CodedError as {@link writeFileInside} does
 */
export async function requireWritable(
  root: string,
  path: string,
  names: readonly string[],
  options: WriteOptions = {},
): Promise<void> {
  await useFolder(root, path, options, async (folder) => {
    if (folder !== undefined) for (const name of names) await requireFile(folder, name, options);
  });
}

/**
 * Checks that a file can be written, without writing.
 *
 * @throws CodedError as {@link writeFileInside} does
 */
export async function requireWritableFile(root: string, path: string): Promise<void> {
  await useParent(root, path, {}, async (folder, name) => {
    if (folder !== undefined) await requireFile(folder, name, {});
  });
}

/**
 * Removes a file below a root, if it exists.
 *
 * @throws CodedError as {@link writeFileInside} does
 */
export async function removeFileInside(
  root: string,
  path: string,
  options: WriteOptions = {},
): Promise<void> {
  await useParent(root, path, options, async (folder, name) => {
    if (folder === undefined) return;
    await requireFile(folder, name, options);
    await rm(folder.at(name), { force: true });
  });
}

async function writeNew(
  folder: Folder,
  name: string,
  content: FileContent,
  { mode = 0o666 }: WriteOptions,
): Promise<void> {
  const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;
  const part = folder.at(`.${randomUUID()}.part`);
  const file = await open(part, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
  try {
    await file.writeFile(content).finally(() => file.close());
    await rename(part, folder.at(name));
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}

async function requireFile(
  folder: Folder,
  name: string,
  { code = 'input-invalid' }: WriteOptions,
): Promise<void> {
  const found = await lstat(folder.at(name)).catch(() => undefined);
  if (found === undefined || found.isFile()) return;
  throw new CodedError(code, `${join(folder.path, name)} is ${kindOf(found)}, not a file.`, {
    hint: `Remove ${name}, or choose another path.`,
  });
}
