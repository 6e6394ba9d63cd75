import { CodedError, type Code } from '@towpath/errors';
import { constants, fstatSync, lstatSync, readSync, statSync, type Stats } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';

/** How a file is opened. */
export interface OpenOptions {
  /** The code of a refusal. */
  readonly code: Code;
  /** What messages call the file. Default: its path. */
  readonly name?: string;
  /** Whether the last component of the path may be a symbolic link. Default: true. */
  readonly followLink?: boolean;
  /** The fix, for a refusal. */
  readonly hint?: string;
}

/** How a file is read. */
export interface ReadOptions extends OpenOptions {
  readonly maxBytes: number;
}

/** Bytes that are read at once of a file whose size is unknown. */
const chunkSize = 64 * 1024;

/**
 * Opens a regular file. A pipe is not waited for, and a device is not opened: reading either may never end.
 *
 * @throws CodedError with the given code if the path is a folder, a pipe, a device, a socket, or a refused link
 * @throws the system's error if the file cannot be opened, `ENOENT` among them
 */
export async function openFile(path: string, options: OpenOptions): Promise<FileHandle> {
  const { followLink = true } = options;
  requireFile(followLink ? statSync(path) : lstatSync(path), path, options);
  const { O_RDONLY, O_NONBLOCK, O_NOFOLLOW } = constants;
  const file = await open(path, O_RDONLY | O_NONBLOCK | (followLink ? 0 : O_NOFOLLOW));
  try {
    // Something else may have the name by now.
    requireFile(fstatSync(file.fd), path, options);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/**
 * The bytes of a file of a limited size.
 *
 * @throws CodedError as {@link openFile} does, also if the file is larger than the limit
 * @throws the system's error if the file cannot be read
 */
export async function readFileWithin(path: string, options: ReadOptions): Promise<Buffer> {
  const file = await openFile(path, options);
  try {
    const { size } = fstatSync(file.fd);
    if (size > options.maxBytes) throw tooLarge(path, size, options);
    // Files of /proc have bytes, but no size; others may grow.
    const chunks: Buffer[] = [];
    let total = 0;
    for (;;) {
      const buffer = Buffer.alloc(Math.max(size - total, chunkSize));
      const count = readSync(file.fd, buffer);
      if (count === 0) return Buffer.concat(chunks);
      total += count;
      if (total > options.maxBytes) throw tooLarge(path, total, options);
      chunks.push(buffer.subarray(0, count));
    }
  } finally {
    await file.close();
  }
}

/**
 * The text of a file of a limited size.
 *
 * @throws as {@link readFileWithin} does
 */
export async function readTextWithin(path: string, options: ReadOptions): Promise<string> {
  return (await readFileWithin(path, options)).toString('utf8');
}

function requireFile(found: Stats, path: string, { code, name = path, hint }: OpenOptions): void {
  if (found.isFile()) return;
  throw new CodedError(code, `${name} is ${kindOf(found)}, not a file.`, {
    hint: hint ?? `Replace ${name} with a file.`,
  });
}

/** What an entry of a folder is, for messages. */
export function kindOf(found: Stats): string {
  if (found.isSymbolicLink()) return 'a symbolic link';
  if (found.isDirectory()) return 'a folder';
  if (found.isFIFO()) return 'a pipe';
  return found.isSocket() ? 'a socket' : 'a device';
}

function tooLarge(
  path: string,
  size: number,
  { code, name = path, maxBytes, hint }: ReadOptions,
): CodedError {
  return new CodedError(code, `${name} has ${size} bytes; the maximum is ${maxBytes}.`, { hint });
}
