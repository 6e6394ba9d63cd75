import { randomUUID } from 'node:crypto';
import { cp, mkdir, mkdtemp, open, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { lockFolder } from './lock.ts';

/**
 * The folder with all data of an emulator. Every write is complete and on disk before it returns: the content goes to a
 * temporary file, which is synced and renamed, and then the folder is synced. The files of a temporary folder are not
 * synced, because no later emulator reads them.
 */
export class DataFolder {
  readonly path: string;
  readonly #unlock: () => Promise<void>;
  /** Whether the folder is removed with the emulator. */
  readonly #isTemporary: boolean;

  private constructor(path: string, isTemporary: boolean, unlock: () => Promise<void>) {
    this.path = path;
    this.#isTemporary = isTemporary;
    this.#unlock = unlock;
  }

  /**
   * Opens and locks a data folder.
   *
   * @param path the folder, created if missing. Default: a new folder in the system's temporary folder.
   * @param copyOf a data folder to copy first
   * @throws FolderInUse if another emulator uses it
   */
  static async open(path?: string, copyOf?: string): Promise<DataFolder> {
    const folder = path ?? (await mkdtemp(join(tmpdir(), 'ecr-emulator-')));
    await mkdir(folder, { recursive: true });
    if (copyOf !== undefined) await copyData(resolve(copyOf), folder);
    const data = new DataFolder(folder, path === undefined, await lockFolder(folder));
    await rm(data.#temporary, { recursive: true, force: true });
    await mkdir(data.#temporary);
    return data;
  }

  /** Returns the path of a new file on the same file system. Temporary files are removed when the emulator restarts. */
  temporaryFile(): string {
    return join(this.#temporary, randomUUID());
  }

  /** Replaces a file atomically: readers and crashes see the old content or the new one. */
  async write(file: string, content: string | Uint8Array): Promise<void> {
    const temporary = this.temporaryFile();
    const handle = await open(temporary, 'wx');
    try {
      await handle.writeFile(content);
      if (!this.#isTemporary) await handle.sync();
    } finally {
      await handle.close();
    }
    await this.adopt(temporary, file);
  }

  /** Moves a synced temporary file to its final path. */
  async adopt(temporary: string, file: string): Promise<void> {
    await rename(temporary, file);
    await this.sync(dirname(file));
  }

  /** Writes the content of a file, or the renames, links and removals in a folder, to disk. */
  async sync(path: string): Promise<void> {
    if (this.#isTemporary) return;
    const handle = await open(path, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  }

  async close(): Promise<void> {
    await this.#unlock();
    // An interrupted request may still write its last bytes.
    if (this.#isTemporary) await rm(this.path, { recursive: true, force: true, maxRetries: 3 });
  }

  get #temporary(): string {
    return join(this.path, 'tmp');
  }
}

/** Copies all but the lock and the temporary files. */
async function copyData(source: string, folder: string): Promise<void> {
  await cp(source, folder, {
    recursive: true,
    filter: (file) => dirname(file) !== source || !/^(?:lock|tmp)/.test(basename(file)),
  });
}

/** Reads a file. Returns undefined if it is missing. */
export async function readIfExists(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
