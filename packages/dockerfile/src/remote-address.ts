/** A source outside of the build context, as `ADD` and named contexts take them. */
export type RemoteKind = 'git' | 'http';

const protocol = /^(?<name>[a-z0-9]+):\/\//i;

/** The form of scp: `git@github.com:acme/tool.git`. The user may have any name. */
const scp = /^[\w.-]+@[\w.-]+:/;

/**
 * The kind of a remote source; undefined if the text is a path (moby/buildkit, dfgitutil and gitutil). An HTTP address
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

/** Whether a Git address names a full commit: `…#<40 hex digits>`, with or without a folder after it. */
export function isAtCommit(address: string): boolean {
  const fragment = address.indexOf('#');
  return fragment >= 0 && /^[0-9a-f]{40}(?::|$)/.test(address.slice(fragment + 1));
}
