import { formatPlatform, type Platform } from '@towpath/reference';
import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { contextEntries, type ContextEntry } from './context-entries.ts';

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
  for (const entry of await contextEntries(context, dockerfile)) await addEntry(hash, context, entry);
  return hash.digest('hex');
}

async function addEntry(hash: Hash, context: string, { path, kind }: ContextEntry): Promise<void> {
  const absolute = join(context, path);
  const { mode, size } = await lstat(absolute);
  const header = {
    path,
    kind,
    ...(kind === 'link' ? { target: await readlink(absolute) } : { mode: mode & 0o7777 }),
    ...(kind === 'file' && { size }),
  };
  hash.update(`${JSON.stringify(header)}\n`);
  if (kind === 'file') for await (const chunk of createReadStream(absolute)) hash.update(chunk as Buffer);
}
