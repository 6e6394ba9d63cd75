import { CodedError, type Code } from '@towpath/errors';
import { constants, existsSync } from 'node:fs';
import { lstat, mkdir, open, readlink, realpath, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';

/** An open folder. Its entries stay the same if another process replaces the folder by a link. */
export interface Folder {
  /** Returns the path of an entry through the open folder. It is valid while the folder is open. */
  readonly at: (name: string) => string;
  /** The path of the folder without symbolic links, for messages. */
  readonly path: string;
}

/** The options to open a folder. */
export interface FolderOptions {
  /** Whether to create missing folders. If not, `body` gets `undefined` for a missing one. Default: false. */
  readonly create?: boolean;
  /** The code of the error. Default: `input-invalid`. */
  readonly code?: Code;
  /** The path in messages. Default: the path of the folder. */
  readonly shown?: string;
}

/**
 * Opens a folder below a root for writing, and closes it when `body` ends. Opens every folder of the path first and then
 * checks the real path of the open folder, so that a link swapped in between has no effect. Systems without
 * `/proc/self/fd` (macOS, Windows) check paths only and have that gap.
 *
 * @param root a folder that may be reached through a link
 * @param path a path relative to the root, or an absolute path
 * @throws CodedError if the folder is outside of the root, in a `.git` folder, or not a folder
 */
export async function useFolder<T>(
  root: string,
  path: string,
  options: FolderOptions,
  body: (folder: Folder | undefined) => Promise<T>,
): Promise<T> {
  const { shown = path } = options;
  const refuse = refusal(options);
  const top = await realRoot(root, options);
  const absolute = resolve(root, path);
  const names = namesBetween(resolve(root), absolute) ?? namesBetween(top ?? resolve(root), absolute);
  if (names === undefined) throw refuse(`${shown} is outside of ${root}.`, staysInside);
  requireNoGit(shown, names, refuse);
  if (top === undefined) return body(undefined);
  let step = await openStep(top);
  try {
    for (const name of names) {
      const next = await descend(step, name, options);
      if (next === undefined) return await body(undefined);
      await step.handle.close();
      step = next;
      const below = namesBetween(top, step.path);
      if (below === undefined)
        throw refuse(`${shown} is outside of ${root}, because of a symbolic link.`, staysInside);
      requireNoGit(shown, below, refuse);
    }
    return await body(step);
  } finally {
    await step.handle.close();
  }
}

/**
 * Opens the parent folder of an entry, as {@link useFolder} does.
 *
 * @throws CodedError as {@link useFolder} does, also if the entry itself is called `.git`
 */
export async function useParent<T>(
  root: string,
  path: string,
  options: FolderOptions,
  body: (folder: Folder | undefined, name: string) => Promise<T>,
): Promise<T> {
  const absolute = resolve(root, path);
  requireNoGit(path, [basename(absolute)], refusal(options));
  return useFolder(root, dirname(absolute), { shown: path, ...options }, (folder) =>
    body(folder, basename(absolute)),
  );
}

const staysInside = 'Choose a path inside, without a symbolic link that leads out.';

type Refuse = (message: string, hint: string, cause?: unknown) => CodedError;

function refusal({ code = 'input-invalid' }: FolderOptions): Refuse {
  return (message, hint, cause) => new CodedError(code, message, { hint, cause });
}

/** Returns the path of a root without links. Undefined if it is missing and is not to be created. */
async function realRoot(root: string, { create = false }: FolderOptions): Promise<string | undefined> {
  if (create) await mkdir(root, { recursive: true });
  return realpath(root).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  });
}

interface Step extends Folder {
  readonly handle: FileHandle;
}

const descriptors = '/proc/self/fd';

/** The flag O_PATH of open(2), missing in Node: opens a folder also without permission to list it. */
const enter = 0o10000000;

async function openStep(path: string): Promise<Step> {
  const isLinux = existsSync(descriptors);
  const flags = isLinux ? enter | constants.O_DIRECTORY : constants.O_RDONLY;
  const handle = await open(path, flags);
  try {
    const access = isLinux ? join(descriptors, String(handle.fd)) : await realpath(path);
    const real = isLinux ? await readlink(access) : access;
    return { handle, path: real, at: (name) => join(access, name) };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function descend(parent: Step, name: string, options: FolderOptions): Promise<Step | undefined> {
  const path = parent.at(name);
  if (options.create === true) await mkdir(path).catch(unlessItExists);
  try {
    return await openStep(path);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    const isLink = (await lstat(path).catch(() => undefined))?.isSymbolicLink() ?? false;
    if (code === 'ENOENT' && !isLink && options.create !== true) return undefined;
    if (!['ENOENT', 'ENOTDIR', 'ELOOP'].includes(code)) throw error;
    const message = `${join(parent.path, name)} is not a folder.`;
    throw refusal(options)(message, 'Remove the file or link of this name, or choose another path.', error);
  }
}

/** Ignores EEXIST. Linux reports it for an existing folder even on a read-only disk. */
function unlessItExists(error: unknown): void {
  const { code = '' } = error as NodeJS.ErrnoException;
  if (code !== 'EEXIST') throw error;
}

/** Returns the path components between two absolute paths, or undefined if the second is not below the first. */
function namesBetween(from: string, to: string): readonly string[] | undefined {
  const names = relative(from, to).split(sep).filter(Boolean);
  return names[0] === '..' || resolve(from, ...names) !== to ? undefined : names;
}

/** Matches every name that some file system treats as `.git` (git, `is_ntfs_dotgit` and `is_hfs_dotgit`). */
const gitFolder = /^(?:\.git|git~\d)[. ]*$/i;

const ignoredByHfs = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g;

function requireNoGit(path: string, names: readonly string[], refuse: Refuse): void {
  const found = names.find((name) => gitFolder.test(name.replace(ignoredByHfs, '')));
  if (found !== undefined)
    throw refuse(`${path} is in ${found}, which belongs to git.`, 'Choose a path outside of .git.');
}
