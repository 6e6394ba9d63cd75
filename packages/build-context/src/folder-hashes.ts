import { isUtf8 } from 'node:buffer';
import { createHash, hash } from 'node:crypto';
import {
  closeSync,
  constants,
  createReadStream,
  existsSync,
  fstatSync,
  lstatSync,
  openSync,
  readlinkSync,
  readSync,
} from 'node:fs';
import { join, sep } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { absolutePath, contextEntries, ignoreFileOf, type ContextEntry } from './context-entries.ts';

/** Hashes the entries of build contexts. Reads each folder once, for any number of images. */
export class FolderHashes {
  readonly #hashes = new Map<string, Promise<string>>();
  readonly #reading: Reading;

  /**
   * @param signal stops all reading, so that the process can exit
   * @param except an absolute path below which nothing belongs to a context: the image set, which a build removes first
   */
  constructor(signal?: AbortSignal, except?: string) {
    this.#reading = { signal, except, buffer: Buffer.allocUnsafeSlow(smallFile) };
  }

  /**
   * Returns the hash of a folder, 64 hex digits.
   *
   * @param folder an absolute path
   * @param dockerfile an absolute path. A named context has no Dockerfile.
   * @throws CodedError `context-missing`, `config-invalid`
   */
  of(folder: string, dockerfile?: string): Promise<string> {
    // The Dockerfile matters only if it has its own ignore file.
    const hasIgnoreFile = dockerfile !== undefined && existsSync(ignoreFileOf(dockerfile));
    const key = JSON.stringify([folder, hasIgnoreFile ? dockerfile : null]);
    const known = this.#hashes.get(key) ?? hashFolder(folder, dockerfile, this.#reading);
    this.#hashes.set(key, known);
    return known;
  }

  /** Starts to hash a folder for a later call of {@link of}, which reports any failure. */
  begin(folder: string, dockerfile?: string): void {
    this.of(folder, dockerfile).catch(() => undefined);
  }
}

interface Reading {
  readonly signal: AbortSignal | undefined;
  readonly except: string | undefined;
  /** Every small file is read into it: a buffer for each of 100,000 files would take as long as reading it. */
  readonly buffer: Buffer;
}

/** The number of files between two turns of the event loop, for signals and child processes. */
const filesInOneGo = 256;

/** The maximum size in bytes of a file that is read in one go. */
const smallFile = 1024 * 1024;

/**
 * Hashes a folder. Reads files one after the other and synchronously: files of a fresh checkout are in the page cache,
 * and a promise for each of 100,000 files takes three times as long as reading it.
 */
async function hashFolder(folder: string, dockerfile: string | undefined, reading: Reading): Promise<string> {
  const { signal, except } = reading;
  const mayContain = except !== undefined && (isWithin(except, folder) || isWithin(folder, except));
  const lines: string[] = [];
  for (const entry of await contextEntries(folder, dockerfile, signal)) {
    if (mayContain && isWithin(join(folder, entry.path), except)) continue;
    if (lines.length % filesInOneGo === 0) await setImmediate(undefined, { signal });
    const described = describe(folder, entry, reading);
    lines.push(JSON.stringify(described instanceof Promise ? await described : described));
  }
  return hash('sha256', lines.join('\n'));
}

/** Whether an absolute path is a folder or below it. */
function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}${sep}`);
}

function describe(
  folder: string,
  entry: ContextEntry,
  { signal, buffer }: Reading,
): object | Promise<object> {
  const { kind, bytes } = entry;
  const absolute = absolutePath(folder, entry);
  const path = bytes === undefined ? entry.path : { bytes: bytes.toString('hex') };
  if (kind === 'link') return { path, kind, target: describeTarget(readlinkSync(absolute, 'buffer')) };
  const modeOf = (mode: number) => ({ path, kind, mode: mode & 0o7777 });
  if (kind === 'folder') return modeOf(lstatSync(absolute).mode);
  const file = openSync(absolute, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const { mode, size } = fstatSync(file);
    if (size <= smallFile) return { ...modeOf(mode), content: hash('sha256', readInto(buffer, file, size)) };
    return hashLarge(absolute, signal).then((content) => ({ ...modeOf(mode), content }));
  } finally {
    closeSync(file);
  }
}

/** Reads the first bytes of a file into a buffer, and returns the part of the buffer with these bytes. */
function readInto(buffer: Buffer, file: number, size: number): Buffer {
  let total = 0;
  for (let count = -1; total < size && count !== 0; total += count)
    count = readSync(file, buffer, total, size - total, null);
  return buffer.subarray(0, total);
}

function describeTarget(target: Buffer): string | { readonly bytes: string } {
  return isUtf8(target) ? target.toString() : { bytes: target.toString('hex') };
}

async function hashLarge(path: string | Buffer, signal: AbortSignal | undefined): Promise<string> {
  const content = createHash('sha256');
  for await (const chunk of createReadStream(path, { signal })) content.update(chunk as Buffer);
  return content.digest('hex');
}
