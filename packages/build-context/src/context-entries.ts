import { CodedError } from '@towpath/errors';
import { readTextWithin } from '@towpath/files';
import { isUtf8 } from 'node:buffer';
import { lstatSync, readlinkSync, type Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, posix, relative, sep } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { IgnoreRules, type Judgement } from './ignore-rules.ts';

/** One entry of a build context. */
export interface ContextEntry {
  /** The path relative to the context, with forward slashes. Bytes that are not UTF-8 become U+FFFD. */
  readonly path: string;
  /** The bytes of the path if it is not UTF-8: file names on Linux are bytes. */
  readonly bytes?: Buffer;
  readonly kind: 'file' | 'folder' | 'link';
}

/**
 * Returns the entries that a builder can get of a context: all that `.dockerignore` does not exclude, sorted by name,
 * each folder before its content. The Dockerfile's own ignore file replaces the context's (Docker docs, "Filename and
 * location").
 *
 * @param dockerfile an absolute path. A named context has no Dockerfile.
 * @throws CodedError `context-missing`, `config-invalid`
 */
export async function contextEntries(
  context: string,
  dockerfile?: string,
  signal?: AbortSignal,
): Promise<readonly ContextEntry[]> {
  const isFolder = await stat(context).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) {
    throw new CodedError('context-missing', `The build context ${context} is not a folder.`, {
      hint: 'Check out the repository before this step, and set context to a path relative to its root.',
    });
  }
  const { rules } = await readRules(context, dockerfile);
  return entriesBelow({ context, rules, signal, yielded: performance.now() }, { path: '' });
}

/**
 * Whether a builder would get a file of a context. The file need not exist.
 *
 * @param file an absolute path, or one relative to the working directory
 * @param dockerfile an absolute path. A named context has no Dockerfile.
 * @throws CodedError `config-invalid`
 */
export async function isSent(context: string, file: string, dockerfile?: string): Promise<boolean> {
  const names = relative(context, file).split(sep);
  if (names[0] === '..' || isAbsolute(names.join(sep))) return false;
  const { rules } = await readRules(context, dockerfile);
  return rules.excludes(names.join('/')) === undefined;
}

/** The line of an ignore file that excludes a path. */
export interface Exclusion {
  /** Absolute. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly pattern: string;
}

/**
 * Returns the line of an ignore file that excludes a path of a context; undefined if no line does.
 *
 * @param path relative to the context, with forward slashes
 * @param dockerfile an absolute path. A named context has no Dockerfile.
 * @throws CodedError `config-invalid`
 */
export async function excludedBy(
  context: string,
  path: string,
  dockerfile?: string,
): Promise<Exclusion | undefined> {
  const { rules, file } = await readRules(context, dockerfile);
  const rule = rules.excludes(path);
  return rule === undefined ? undefined : { file, line: rule.line, pattern: rule.pattern };
}

/**
 * Checks that the ignore files of a Dockerfile can be read, and that their patterns are valid.
 *
 * @throws CodedError `config-invalid`
 */
export async function checkIgnoreFile(context: string, dockerfile: string): Promise<void> {
  await readRules(context, dockerfile);
}

/** Returns the path of the ignore file of one Dockerfile. */
export function ignoreFileOf(dockerfile: string): string {
  return `${dockerfile}.dockerignore`;
}

/** A walk through a context. */
interface Walk {
  readonly context: string;
  readonly rules: IgnoreRules;
  readonly signal: AbortSignal | undefined;
  /** When the walk last let other work of the process run, e.g. a signal handler. */
  yielded: number;
}

/** In milliseconds. Thousands of patterns take this long for a few paths. */
const longestWork = 50;

async function entriesBelow(
  walk: Walk,
  folder: Pick<ContextEntry, 'path' | 'bytes'>,
  above?: Judgement,
): Promise<readonly ContextEntry[]> {
  const { context, rules } = walk;
  walk.signal?.throwIfAborted();
  const entries: ContextEntry[] = [];
  for (const entry of await readFolder(context, folder)) {
    if (performance.now() - walk.yielded > longestWork) await pause(walk);
    const judgement = rules.judge(entry.path, above);
    const isOpen = entry.kind === 'folder' && (!judgement.ignored || rules.mayExceptBelow(entry.path));
    const below = isOpen ? await entriesBelow(walk, entry, judgement) : [];
    // The builder also gets an ignored folder if it gets something in it.
    if (!judgement.ignored || below.length > 0) entries.push(entry, ...below);
  }
  return entries;
}

/** Lets signal handlers run, and ends the walk if the run was cancelled. */
async function pause(walk: Walk): Promise<void> {
  await setImmediate();
  walk.signal?.throwIfAborted();
  walk.yielded = performance.now();
}

/** Lists a folder, sorted by name. */
async function readFolder(
  context: string,
  folder: Pick<ContextEntry, 'path' | 'bytes'>,
): Promise<readonly ContextEntry[]> {
  const absolute = absolutePath(context, folder);
  const found = await readdir(absolute, { withFileTypes: true });
  const isText = folder.bytes === undefined && !found.some(({ name }) => name.includes('\uFFFD'));
  const entries = isText
    ? found.flatMap((entry) =>
        entryOf(entry, { path: folder.path === '' ? entry.name : `${folder.path}/${entry.name}` }),
      )
    : (await readdir(absolute, { withFileTypes: true, encoding: 'buffer' })).flatMap((entry) =>
        entryOf(entry, bytePath(folder, entry.name)),
      );
  return entries.sort(inOrder);
}

function entryOf(entry: Dirent | Dirent<Buffer>, path: Omit<ContextEntry, 'kind'>): ContextEntry[] {
  const kind = kindOf(entry);
  return kind === undefined ? [] : [{ ...path, kind }];
}

function bytePath(folder: Pick<ContextEntry, 'path' | 'bytes'>, name: Buffer): Omit<ContextEntry, 'kind'> {
  const above = folder.bytes ?? Buffer.from(folder.path);
  const bytes = above.length === 0 ? name : Buffer.concat([above, Buffer.from('/'), name]);
  return isUtf8(bytes) ? { path: bytes.toString() } : { path: bytes.toString(), bytes };
}

function inOrder(one: ContextEntry, other: ContextEntry): number {
  if (one.path !== other.path) return one.path < other.path ? -1 : 1;
  return Buffer.compare(one.bytes ?? Buffer.from(one.path), other.bytes ?? Buffer.from(other.path));
}

/** Returns the absolute path of an entry, as bytes if it is not UTF-8. */
export function absolutePath(
  context: string,
  { path, bytes }: Pick<ContextEntry, 'path' | 'bytes'>,
): string | Buffer {
  return bytes === undefined ? `${context}/${path}` : Buffer.concat([Buffer.from(`${context}/`), bytes]);
}

/** Returns the kind of an entry, or undefined for sockets, pipes and devices, which are skipped. */
function kindOf(entry: Dirent | Dirent<Buffer>): ContextEntry['kind'] | undefined {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'folder';
  return entry.isSymbolicLink() ? 'link' : undefined;
}

/** Returns the rules of a context and the file that contains them. */
export async function readRules(
  context: string,
  dockerfile: string | undefined,
): Promise<{ readonly rules: IgnoreRules; readonly file: string }> {
  const specific = dockerfile === undefined ? [] : [ignoreFileOf(dockerfile)];
  for (const path of [...specific, join(context, '.dockerignore')]) {
    const file = withoutLinks(path);
    if (lstatSync(file, { throwIfNoEntry: false }) === undefined) continue;
    const text = await readRulesFile(context, file).catch((error: unknown) => {
      if (isAbsent(error)) return undefined;
      throw error;
    });
    if (text !== undefined) return { rules: new IgnoreRules(text, relative(context, path)), file: path };
  }
  return { rules: new IgnoreRules('', ''), file: '' };
}

/** The maximum size of an ignore file in bytes. */
const maxRulesFile = 1024 * 1024;

async function readRulesFile(context: string, path: string): Promise<string> {
  return readTextWithin(path, {
    code: 'config-invalid',
    name: relative(context, path),
    maxBytes: maxRulesFile,
  });
}

function isAbsent(error: unknown): boolean {
  return ['ENOENT', 'ELOOP'].includes((error as NodeJS.ErrnoException).code ?? '');
}

/** The maximum number of links to follow, as on Linux. */
const maxLinks = 40;

/**
 * Resolves symbolic links of a file, with the file's folder as the root, so that no link can leave it. BuildKit resolves
 * a Dockerfile in the same way.
 */
export function withoutLinks(file: string): string {
  const root = dirname(file);
  const ahead = [basename(file)];
  let [path, links] = ['/', 0];
  for (let name = ahead.shift(); name !== undefined; name = ahead.shift()) {
    const next = posix.resolve(path, name);
    const target = links < maxLinks ? linkTarget(join(root, next)) : undefined;
    if (target === undefined) path = next;
    else {
      links += 1;
      if (target.startsWith('/')) path = '/';
      ahead.unshift(...target.split('/').filter(Boolean));
    }
  }
  return join(root, path);
}

/** Returns the target of a symbolic link; undefined for anything else, and for what cannot be read. */
function linkTarget(path: string): string | undefined {
  try {
    // Most of these files do not exist, or are no links: an exception for each takes longer than reading a folder.
    const isLink = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
    return isLink ? readlinkSync(path) : undefined;
  } catch {
    return undefined;
  }
}
