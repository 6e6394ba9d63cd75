import { formatPlatform, type Platform } from '@towpath/reference';
import { createHash, hash } from 'node:crypto';
import { createReadStream, lstatSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { contextEntries, type ContextEntry } from './context-entries.ts';

/** What decides what an image becomes. Labels, proxies and secrets do not belong to it. */
export interface FingerprintInputs {
  /** Absolute paths. */
  readonly context: string;
  readonly dockerfile: string;
  readonly target?: string;
  readonly args: ReadonlyMap<string, string>;
  readonly platforms: readonly Platform[];
  /** What the images that the Dockerfile names are: name → digest. */
  readonly bases: ReadonlyMap<string, string>;
  /** By name: the absolute path of a folder, or a text that tells what it holds. */
  readonly contexts: ReadonlyMap<string, { readonly folder: string } | { readonly text: string }>;
  /** Whatever else the builder is told that can be seen in the image. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** The inputs, so that one can say which of them changed. */
export const fingerprintParts = [
  'dockerfile',
  'context',
  'target',
  'args',
  'platforms',
  'bases',
  'contexts',
  'options',
] as const;
export type FingerprintPart = (typeof fingerprintParts)[number];

export interface Fingerprint {
  /** A hash of all that goes into a build, 64 hex digits. */
  readonly value: string;
  /** A hash of each input, 64 hex digits. */
  readonly parts: Readonly<Record<FingerprintPart, string>>;
}

/** Changes when what is hashed, or how, changes. */
const scheme = 'towpath-fingerprint-2';

/**
 * Equal inputs have equal fingerprints on every machine. Times and owners of files do not count: BuildKit is not sent
 * the owners, and the times are rewritten.
 */
export async function fingerprint(inputs: FingerprintInputs): Promise<Fingerprint> {
  const { context, dockerfile, target, args, platforms, bases, contexts, options } = inputs;
  const named = [...contexts].sort(byName).map(async ([name, source]) => {
    return [name, 'text' in source ? source.text : await hashFolder(source.folder)];
  });
  const parts = {
    dockerfile: sha256(readFileSync(dockerfile)),
    context: await hashFolder(context, dockerfile),
    target: hashOf(target ?? ''),
    args: hashOf([...args].sort(byName)),
    platforms: hashOf(platforms.map(formatPlatform).sort()),
    bases: hashOf([...bases].sort(byName)),
    contexts: hashOf(await Promise.all(named)),
    options: hashOf(options),
  };
  return { value: hashOf([scheme, fingerprintParts.map((part) => parts[part])]), parts };
}

/** Between so many files the process listens to signals and to its programs. */
const filesInOneGo = 256;

/** Files up to this many bytes are read in one go. */
const smallFile = 1024 * 1024;

/**
 * Files are read one after the other and without promises: what was checked out a moment ago is in memory, and there
 * a promise for each of 100,000 files takes three times as long as reading it.
 */
async function hashFolder(folder: string, dockerfile?: string): Promise<string> {
  const lines: string[] = [];
  for (const entry of await contextEntries(folder, dockerfile)) {
    if (lines.length % filesInOneGo === 0) await setImmediate();
    const described = describe(folder, entry);
    lines.push(JSON.stringify(described instanceof Promise ? await described : described));
  }
  return sha256(lines.join('\n'));
}

function describe(folder: string, { path, kind }: ContextEntry): object | Promise<object> {
  const absolute = join(folder, path);
  if (kind === 'link') return { path, kind, target: readlinkSync(absolute) };
  const { mode, size } = lstatSync(absolute);
  const common = { path, kind, mode: mode & 0o7777 };
  if (kind === 'folder') return common;
  if (size <= smallFile) return { ...common, content: sha256(readFileSync(absolute)) };
  return hashLarge(absolute).then((content) => ({ ...common, content }));
}

async function hashLarge(path: string): Promise<string> {
  const content = createHash('sha256');
  for await (const chunk of createReadStream(path)) content.update(chunk as Buffer);
  return content.digest('hex');
}

function hashOf(value: unknown): string {
  return sha256(JSON.stringify(value));
}

function sha256(content: string | Buffer): string {
  return hash('sha256', content, 'hex');
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}
