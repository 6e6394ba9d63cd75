import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, open, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { lockFolder } from './lock.ts';

/**
 * The folder that holds everything. What it is told to keep is on the disk, whole and under its name, before it
 * says so: bytes go to a temporary file, are synced, and are renamed into place, and then the folder is synced.
 */
export class DataFolder {
  readonly path: string;
  readonly #unlock: () => Promise<void>;
  /** Nobody asked for this folder by name: it goes when the emulator goes. */
  readonly #passing: boolean;

  private constructor(path: string, passing: boolean, unlock: () => Promise<void>) {
    this.path = path;
    this.#passing = passing;
    this.#unlock = unlock;
  }

  /**
   * @param path made when it is missing; without one, a new folder in the system's temporary folder
   * @throws FolderInUse when another emulator works on it
   */
  static async open(path?: string): Promise<DataFolder> {
    const folder = path ?? (await mkdtemp(join(tmpdir(), 'ecr-emulator-')));
    await mkdir(folder, { recursive: true });
    const data = new DataFolder(folder, path === undefined, await lockFolder(folder));
    await rm(data.#temporary, { recursive: true, force: true });
    await mkdir(data.#temporary);
    return data;
  }

  /** The name of a file that does not exist yet, on the same file system. It is forgotten when the emulator restarts. */
  temporaryFile(): string {
    return join(this.#temporary, randomUUID());
  }

  /** Replaces the file: a reader, or a crash, meets the old content or the new one. */
  async write(file: string, content: string | Uint8Array): Promise<void> {
    const temporary = this.temporaryFile();
    const handle = await open(temporary, 'wx');
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await this.adopt(temporary, file);
  }

  /** Moves a temporary file, already synced, to its place. */
  async adopt(temporary: string, file: string): Promise<void> {
    await rename(temporary, file);
    await syncFolder(dirname(file));
  }

  async close(): Promise<void> {
    await this.#unlock();
    // A request that the end of a client broke off may still write its last bytes.
    if (this.#passing) await rm(this.path, { recursive: true, force: true, maxRetries: 3 });
  }

  get #temporary(): string {
    return join(this.path, 'tmp');
  }
}

/** Makes renames, links and removals in the folder last. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The content of the file, or undefined where there is none. */
export async function readIfExists(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
