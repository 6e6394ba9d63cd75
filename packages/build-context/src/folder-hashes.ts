import { isUtf8 } from 'node:buffer';
import { createHash, hash } from 'node:crypto';
import { createReadStream, existsSync, lstatSync, readFileSync, readlinkSync } from 'node:fs';
import { join, sep } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { absolutePath, contextEntries, ignoreFileOf, type ContextEntry } from './context-entries.ts';

/** Hashes the entries of build contexts. Reads each folder once, for any number of images. */
export class FolderHashes {
  readonly #hashes = new Map<string, Promise<string>>();
  readonly #signal: AbortSignal | undefined;
  readonly #except: string | undefined;

  /**
   * @param signal stops all reading, so that the process can exit
   * @param except an absolute path below which nothing belongs to a context: the image set, which a build removes first
   */
  constructor(signal?: AbortSignal, except?: string) {
    this.#signal = signal;
    this.#except = except;
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
    const known = this.#hashes.get(key) ?? hashFolder(folder, dockerfile, this.#signal, this.#except);
    this.#hashes.set(key, known);
    return known;
  }

  /** Starts to hash a folder for a later call of {@link of}, which reports any failure. */
  begin(folder: string, dockerfile?: string): void {
    this.of(folder, dockerfile).catch(() => undefined);
  }
}

/** The number of files between two turns of the event loop, for signals and child processes. */
const filesInOneGo = 256;

/** The maximum size in bytes of a file that is read in one call. */
const smallFile = 1024 * 1024;

/**
 * Hashes a folder. Reads files one after the other and synchronously: files of a fresh checkout are in the page cache,
 * and a promise for each of 100,000 files takes three times as long as reading it.
 */
async function hashFolder(
  folder: string,
  dockerfile: string | undefined,
  signal: AbortSignal | undefined,
  except: string | undefined,
): Promise<string> {
  const lines: string[] = [];
  for (const entry of await contextEntries(folder, dockerfile, signal)) {
    if (except !== undefined && isBelow(except, folder, entry)) continue;
    if (lines.length % filesInOneGo === 0) await setImmediate(undefined, { signal });
    const described = describe(folder, entry, signal);
    lines.push(JSON.stringify(described instanceof Promise ? await described : described));
  }
  return hash('sha256', lines.join('\n'));
}

/** Whether an entry of a context is a folder or in it. */
function isBelow(excepted: string, context: string, { path }: ContextEntry): boolean {
  const absolute = join(context, path);
  return absolute === excepted || absolute.startsWith(`${excepted}${sep}`);
}

function describe(
  folder: string,
  entry: ContextEntry,
  signal: AbortSignal | undefined,
): object | Promise<object> {
  const { kind, bytes } = entry;
  const absolute = absolutePath(folder, entry);
  const path = bytes === undefined ? entry.path : { bytes: bytes.toString('hex') };
  if (kind === 'link') return { path, kind, target: describeTarget(readlinkSync(absolute, 'buffer')) };
  const { mode, size } = lstatSync(absolute);
  const common = { path, kind, mode: mode & 0o7777 };
  if (kind === 'folder') return common;
  if (size <= smallFile) return { ...common, content: hash('sha256', readFileSync(absolute)) };
  return hashLarge(absolute, signal).then((content) => ({ ...common, content }));
}

function describeTarget(target: Buffer): string | { readonly bytes: string } {
  return isUtf8(target) ? target.toString() : { bytes: target.toString('hex') };
}

async function hashLarge(path: string | Buffer, signal: AbortSignal | undefined): Promise<string> {
  const content = createHash('sha256');
  for await (const chunk of createReadStream(path, { signal })) content.update(chunk as Buffer);
  return content.digest('hex');
}
