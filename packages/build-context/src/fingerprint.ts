import { forAll } from '@towpath/concurrency';
import { formatPlatform, type Platform } from '@towpath/reference';
import { hash } from 'node:crypto';
import type { FolderHashes } from './folder-hashes.ts';
import { readDockerfile } from './read-dockerfile.ts';

/** The inputs of a build that determine the image. Labels, proxies and secrets are excluded. */
export interface FingerprintInputs {
  /** An absolute path. */
  readonly context: string;
  /** An absolute path. */
  readonly dockerfile: string;
  readonly target?: string;
  readonly args: ReadonlyMap<string, string>;
  readonly platforms: readonly Platform[];
  /** The digests of the base images and the frontend, by name. */
  readonly bases: ReadonlyMap<string, string>;
  /** The named contexts: the absolute path of a folder, or a text that identifies the content. */
  readonly contexts: ReadonlyMap<string, { readonly folder: string } | { readonly text: string }>;
  /** Further build options that change the image. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** The names of the inputs, to report which of them changed. */
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
  /** The hash of all inputs, 64 hex digits. */
  readonly value: string;
  /** The hash of each input, 64 hex digits. */
  readonly parts: Readonly<Record<FingerprintPart, string>>;
}

/** The version of the computation. Change it with the inputs or the hashing. */
const scheme = 'towpath-fingerprint-2';

/**
 * Computes the fingerprint of a build. Equal inputs have equal fingerprints on every machine. Ignores owners of files,
 * which BuildKit does not get, and file times, which the build rewrites.
 *
 * @throws CodedError `context-missing`, `config-invalid`, `dockerfile-invalid`
 */
export async function fingerprint(inputs: FingerprintInputs, folders: FolderHashes): Promise<Fingerprint> {
  const { context, dockerfile, target, args, platforms, bases, contexts, options } = inputs;
  const named = await forAll([...contexts].sort(byName), async ([name, source]) => {
    return [name, 'text' in source ? source.text : await folders.of(source.folder)];
  });
  const parts = {
    dockerfile: sha256(await readDockerfile(dockerfile)),
    context: await folders.of(context, dockerfile),
    target: hashOf(target ?? ''),
    args: hashOf([...args].sort(byName)),
    platforms: hashOf(platforms.map(formatPlatform).sort()),
    bases: hashOf([...bases].sort(byName)),
    contexts: hashOf(named),
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
