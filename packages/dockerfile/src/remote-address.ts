/** The kinds of remote sources that `ADD` and named contexts accept. */
export type RemoteKind = 'git' | 'http';

const protocol = /^(?<name>[a-z0-9]+):\/\//i;

/** The scp form of a Git address, with any user: `git@github.com:acme/tool.git`. */
const scp = /^[\w.-]+@[\w.-]+:/;

/**
 * Returns the kind of a remote source, or undefined for a path (moby/buildkit, dfgitutil and gitutil). An HTTP address
 * is a Git repository if its path ends with `.git`.
 */
export function remoteKind(text: string): RemoteKind | undefined {
  const name = protocol.exec(text)?.groups?.name?.toLowerCase();
  if (name === undefined) return scp.test(text) ? 'git' : undefined;
  if (name === 'git' || name === 'ssh') return 'git';
  if (name !== 'http' && name !== 'https') return undefined;
  const [path = ''] = text.split(/[?#]/, 1);
  return path.toLowerCase().endsWith('.git') ? 'git' : 'http';
}

/** Whether a Git address has a full commit id: `…#<40 hex digits>`, optionally followed by a folder. */
export function isAtCommit(address: string): boolean {
  const fragment = address.indexOf('#');
  return fragment >= 0 && /^[0-9a-f]{40}(?::|$)/.test(address.slice(fragment + 1));
}
