import { formatPlatform, type Platform } from '@towpath/reference';
import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { contextFiles } from './context-files.ts';

/** What decides what an image becomes. Labels, proxies and secrets do not belong to it. */
export interface FingerprintInputs {
  /** Absolute paths. */
  readonly context: string;
  readonly dockerfile: string;
  readonly target?: string;
  readonly args: ReadonlyMap<string, string>;
  readonly platforms: readonly Platform[];
}

/** Changes when what is hashed, or how, changes. */
const scheme = 'towpath-fingerprint-1';

/**
 * A hash of all that goes into a build, 64 hex digits: equal inputs have equal fingerprints on every machine. Times
 * and owners of files do not count: BuildKit is not sent the owners, and the times are rewritten.
 */
export async function fingerprint({
  context,
  dockerfile,
  target,
  args,
  platforms,
}: FingerprintInputs): Promise<string> {
  const hash = createHash('sha256');
  const settings = {
    scheme,
    dockerfile: await readFile(dockerfile, 'utf8'),
    target: target ?? '',
    args: [...args].sort(([a], [b]) => (a < b ? -1 : 1)),
    platforms: platforms.map(formatPlatform).sort(),
  };
  hash.update(`${JSON.stringify(settings)}\n`);
  for (const { path, kind } of await contextFiles(context, dockerfile)) {
    await addEntry(hash, path, kind, join(context, path));
  }
  return hash.digest('hex');
}

async function addEntry(hash: Hash, path: string, kind: string, absolute: string): Promise<void> {
  const { mode, size } = await lstat(absolute);
  const header = {
    path,
    kind,
    ...(kind === 'file' ? { mode: mode & 0o7777, size } : { target: await readlink(absolute) }),
  };
  hash.update(`${JSON.stringify(header)}\n`);
  if (kind === 'file') await pipeline(createReadStream(absolute), hash, { end: false });
}
