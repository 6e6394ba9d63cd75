/** The kinds of remote sources that `ADD` and named contexts accept. */
export type RemoteKind = 'git' | 'http';

const protocol = /^(?<name>[a-z0-9]+):\/\//i;

/** The scp form of a Git address, with any user: `git@github.com:acme/tool.git`. */
const scp = /^[\w.-]+@[\w.-]+:/;

/**
 * Returns the kind of a remote source, or undefined for a path (moby/buildkit, dfgitutil and gitutil). An HTTP address
 * is a Git repository if its path ends with `.git`, in lower case.
 */
export function remoteKind(text: string): RemoteKind | undefined {
  const name = protocol.exec(text)?.groups?.name?.toLowerCase();
  if (name === undefined) return scp.test(text) ? 'git' : undefined;
  if (name === 'git' || name === 'ssh') return 'git';
  if (name !== 'http' && name !== 'https') return undefined;
  if (pathOf(text).endsWith('.git')) return 'git';
  // BuildKit takes HTTP://… for a path.
  return text.startsWith(`${name}://`) ? 'http' : undefined;
}

/** Returns the path of an address, decoded. Empty if the address has none, or is invalid. */
function pathOf(address: string): string {
  const [, path = ''] = /^[^:]*:\/\/[^/?#]*([^?#]*)/.exec(address) ?? [];
  try {
    return decodeURIComponent(path);
  } catch {
    return '';
  }
}

/** Whether a text is a full commit id, by SHA-1 or SHA-256 (moby/buildkit, gitutil, `IsCommitSHA`). */
export function isCommit(text: string): boolean {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text);
}

/**
 * Whether a Git address names a full commit id: in its fragment, optionally followed by a folder (`#<commit>:<folder>`),
 * or in its query, as `ref`, `commit` or `checksum` (moby/buildkit, dfgitutil).
 */
export function isAtCommit(address: string): boolean {
  const [before, fragment] = cut(address, '#');
  const [, query] = cut(before, '?');
  const [ref] = cut(fragment, ':');
  const named = new URLSearchParams(query);
  return [ref, ...['ref', 'commit', 'checksum'].flatMap((key) => named.getAll(key))].some(isCommit);
}

/** Cuts a text at the first separator. */
function cut(text: string, separator: string): readonly [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
