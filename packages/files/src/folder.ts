import { CodedError, type Code } from '@towpath/errors';
import { constants, existsSync } from 'node:fs';
import { lstat, mkdir, open, readlink, realpath, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';

/** A folder that is held open, so that its entries stay its own when somebody puts a link in its place. */
export interface Folder {
  /** The path of an entry, through the open folder. Use it while the folder is open. */
  readonly at: (name: string) => string;
  /** The path of the folder without symbolic links, for messages. */
  readonly path: string;
}

/** How a folder is opened. */
export interface FolderOptions {
  /** Whether missing folders are created. If not, `body` gets `undefined` for a missing one. Default: false. */
  readonly create?: boolean;
  /** The code of a refusal. Default: `input-invalid`. */
  readonly code?: Code;
}

/**
 * Opens a folder below a root for writing, and closes it when `body` ends. Every folder on the way is opened first and
 * checked afterwards, by the path that the system has for the open folder: a link that takes its place between check
 * and use changes nothing. Systems without `/proc/self/fd` (macOS, Windows) check paths, and have that gap.
 *
 * @param root must exist; it may itself be behind a link
 * @param path relative to the root, or absolute
 * @throws CodedError if the folder is outside of the root, in a `.git` folder, or not a folder
 */
export async function useFolder<T>(
  root: string,
  path: string,
  options: FolderOptions,
  body: (folder: Folder | undefined) => Promise<T>,
): Promise<T> {
  const refuse = refusal(options);
  const top = await realpath(root);
  const absolute = resolve(root, path);
  const names = namesBetween(resolve(root), absolute) ?? namesBetween(top, absolute);
  if (names === undefined) throw refuse(`${path} leads out of ${root}.`, staysInside);
  demandNoGit(path, names, refuse);
  let step = await openStep(top);
  try {
    for (const name of names) {
      const next = await descend(step, name, options);
      if (next === undefined) return await body(undefined);
      await step.handle.close();
      step = next;
      const below = namesBetween(top, step.path);
      if (below === undefined) throw refuse(`${path} leads out of ${root}, by a symbolic link.`, staysInside);
      demandNoGit(path, below, refuse);
    }
    return await body(step);
  } finally {
    await step.handle.close();
  }
}

/**
 * Opens the folder that an entry is in, as {@link useFolder} does.
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
  demandNoGit(path, [basename(absolute)], refusal(options));
  return useFolder(root, dirname(absolute), options, (folder) => body(folder, basename(absolute)));
}

const staysInside = 'Choose a folder that stays inside, also behind symbolic links.';

type Refuse = (message: string, hint: string, cause?: unknown) => CodedError;

function refusal({ code = 'input-invalid' }: FolderOptions): Refuse {
  return (message, hint, cause) => new CodedError(code, message, { hint, cause });
}

interface Step extends Folder {
  readonly handle: FileHandle;
}

const descriptors = '/proc/self/fd';

/** Opens a folder that may be entered, also if it may not be listed (open(2), O_PATH; Node has no name for it). */
const enter = 0o10000000;

async function openStep(path: string): Promise<Step> {
  const isLinux = existsSync(descriptors);
  const flags = isLinux ? enter | constants.O_DIRECTORY : constants.O_RDONLY;
  const handle = await open(path, flags);
  try {
    const entrance = isLinux ? join(descriptors, String(handle.fd)) : await realpath(path);
    const real = isLinux ? await readlink(entrance) : entrance;
    return { handle, path: real, at: (name) => join(entrance, name) };
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
    throw refusal(options)(message, 'Remove what has this name, or choose another folder.', error);
  }
}

/** `mkdir -p` has nothing to do for a folder that exists; on a disk that is read-only it says so first. */
function unlessItExists(error: unknown): void {
  const { code = '' } = error as NodeJS.ErrnoException;
  if (code !== 'EEXIST') throw error;
}

/** The names that lead from one absolute path to another; undefined if the other is not below it. */
function namesBetween(from: string, to: string): readonly string[] | undefined {
  const names = relative(from, to).split(sep).filter(Boolean);
  return names[0] === '..' || resolve(from, ...names) !== to ? undefined : names;
}

/** Every spelling of `.git` that some file system takes for it (git, `is_ntfs_dotgit` and `is_hfs_dotgit`). */
const gitFolder = /^(?:\.git|git~\d)[. ]*$/i;

const ignoredByHfs = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g;

function demandNoGit(path: string, names: readonly string[], refuse: Refuse): void {
  const found = names.find((name) => gitFolder.test(name.replace(ignoredByHfs, '')));
  if (found !== undefined)
    throw refuse(`${path} is in ${found}, which belongs to git.`, 'Choose a folder outside of .git.');
}
