import { formatPlatform, type Platform } from '@towpath/reference';
import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { FolderHashes } from './folder-hashes.ts';

/** What decides what an image becomes. Labels, proxies and secrets do not belong to it. */
export interface FingerprintInputs {
  /** Absolute paths. */
  readonly context: string;
  readonly dockerfile: string;
  readonly target?: string;
  readonly args: ReadonlyMap<string, string>;
  readonly platforms: readonly Platform[];
  /** What the images that the Dockerfile names are, its frontend among them: name → digest. */
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
 *
 * @throws CodedError `context-missing`, `config-invalid`
 */
export async function fingerprint(inputs: FingerprintInputs, folders: FolderHashes): Promise<Fingerprint> {
  const { context, dockerfile, target, args, platforms, bases, contexts, options } = inputs;
  const named = [...contexts].sort(byName).map(async ([name, source]) => {
    return [name, 'text' in source ? source.text : await folders.of(source.folder)];
  });
  const parts = {
    dockerfile: sha256(readFileSync(dockerfile)),
    context: await folders.of(context, dockerfile),
    target: hashOf(target ?? ''),
    args: hashOf([...args].sort(byName)),
    platforms: hashOf(platforms.map(formatPlatform).sort()),
    bases: hashOf([...bases].sort(byName)),
    contexts: hashOf(await Promise.all(named)),
    options: hashOf(options),
  };
  return { value: hashOf([scheme, fingerprintParts.map((part) => parts[part])]), parts };
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
