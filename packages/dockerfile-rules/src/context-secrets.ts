import { contextEntries, isSent } from '@towpath/build-context';
import { openFile } from '@towpath/files';
import { join } from 'node:path';
import { secretFileKind } from './secret-files.ts';

/** A file of a build context that holds secrets. */
export interface SecretFile {
  /** Relative to the context, with forward slashes. */
  readonly path: string;
  /** What it holds. */
  readonly what: string;
  /** Whether only the name is known, and most files of the name hold no secret. */
  readonly isGuess?: true;
}

/** What a builder gets of a context, as far as secrets are concerned. */
export interface ContextSecrets {
  /** All files with secrets that the ignore file does not exclude. */
  readonly files: readonly SecretFile[];
  /** Whether the builder gets the `.git` folder. */
  readonly hasGit: boolean;
  /** Paths with the name of a secret file that hold no secret, or that the ignore file excludes. */
  readonly harmless: ReadonlySet<string>;
}

/** The number of files to read in a context. */
const maxReads = 1_000;

/** Bytes of a file to read. Keys and passwords are at the start. */
const maxBytes = 64 * 1024;

/**
 * Reads which files of a context hold secrets: by their name, and by their content if the name alone does not say.
 *
 * @param context absolute
 * @param dockerfile absolute. A named context has no Dockerfile.
 * @param named paths of the context that the Dockerfile copies by their name
 * @throws CodedError `context-missing`, `config-invalid`
 */
export async function readContextSecrets(
  context: string,
  dockerfile: string | undefined,
  named: readonly string[],
  signal?: AbortSignal,
): Promise<ContextSecrets> {
  const entries = await contextEntries(context, dockerfile, signal);
  const files: SecretFile[] = [];
  const harmless = new Set<string>();
  let reads = 0;
  for (const { path, kind, bytes } of entries) {
    // A link is copied as a link.
    const found = kind === 'file' && !isInGit(path) ? secretFileKind(path) : undefined;
    if (found === undefined) continue;
    signal?.throwIfAborted();
    const isRead = bytes === undefined && reads < maxReads;
    if (isRead) reads += 1;
    const content = isRead ? await startOf(join(context, path)) : undefined;
    const isSecret = content === undefined || (content.trim() !== '' && found.holds?.(content) !== false);
    if (isSecret) files.push({ path, what: found.what });
    else harmless.add(path);
  }
  for (const path of named.filter((one) => secretFileKind(one) !== undefined))
    if (!(await isSent(context, join(context, path), dockerfile))) harmless.add(path);
  return { files, hasGit: entries.some(({ path, kind }) => path === '.git' && kind === 'folder'), harmless };
}

function isInGit(path: string): boolean {
  return path === '.git' || path.startsWith('.git/');
}

/** Returns the start of a file as text; undefined if it cannot be read, so that its name decides. */
async function startOf(path: string): Promise<string | undefined> {
  try {
    const file = await openFile(path, { code: 'context-missing' });
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(maxBytes), 0, maxBytes, 0);
      return buffer.subarray(0, bytesRead).toString('latin1');
    } finally {
      await file.close();
    }
  } catch {
    return undefined;
  }
}
