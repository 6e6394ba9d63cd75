import { isUtf8 } from 'node:buffer';
import { createHash, hash } from 'node:crypto';
import { createReadStream, existsSync, lstatSync, readFileSync, readlinkSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { absolutePath, contextEntries, ignoreFileOf, type ContextEntry } from './context-entries.ts';

/** Hashes of what builders are sent of folders. Each is read once, however many images are built from it. */
export class FolderHashes {
  readonly #hashes = new Map<string, Promise<string>>();
  readonly #signal: AbortSignal | undefined;

  /** @param signal ends all reading: a process cannot end before it */
  constructor(signal?: AbortSignal) {
    this.#signal = signal;
  }

  /**
   * @param folder an absolute path
   * @param dockerfile likewise; a named context has none
   * @returns 64 hex digits
   * @throws CodedError `context-missing`, `config-invalid`
   */
  of(folder: string, dockerfile?: string): Promise<string> {
    // Only a Dockerfile that has an ignore file of its own makes another thing of the same folder.
    const isApart = dockerfile !== undefined && existsSync(ignoreFileOf(dockerfile));
    const key = JSON.stringify([folder, isApart ? dockerfile : null]);
    const known = this.#hashes.get(key) ?? hashFolder(folder, dockerfile, this.#signal);
    this.#hashes.set(key, known);
    return known;
  }

  /** Begins to read what will be asked for. Whoever asks is told of a failure. */
  begin(folder: string, dockerfile?: string): void {
    this.of(folder, dockerfile).catch(() => undefined);
  }
}

/** Between so many files the process listens to signals and to its programs. */
const filesInOneGo = 256;

/** Files up to this many bytes are read in one go. */
const smallFile = 1024 * 1024;

/**
 * Files are read one after the other and without promises: what was checked out a moment ago is in memory, and there
 * a promise for each of 100,000 files takes three times as long as reading it.
 */
async function hashFolder(
  folder: string,
  dockerfile: string | undefined,
  signal: AbortSignal | undefined,
): Promise<string> {
  const lines: string[] = [];
  for (const entry of await contextEntries(folder, dockerfile)) {
    if (lines.length % filesInOneGo === 0) await setImmediate(undefined, { signal });
    const described = describe(folder, entry, signal);
    lines.push(JSON.stringify(described instanceof Promise ? await described : described));
  }
  return hash('sha256', lines.join('\n'));
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
