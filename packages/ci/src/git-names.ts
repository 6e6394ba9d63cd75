/** Returns `owner/name` from the URL of a clone. CodeCommit repositories have no owner, so it is only the name. */
export function repositoryOf(url: string | undefined): string | undefined {
  const { path } = /^(?:\w+:\/\/[^/]+\/|[^/]+:)(?<path>.+?)(?:\.git)?\/?$/s.exec(url ?? '')?.groups ?? {};
  return path?.replace(/^v1\/repos\//, '');
}

/** In characters. A longer URL has no web address. */
const maxUrl = 2048;

const webUrl =
  /^(?<scheme>https?):\/\/(?:[^@/\s]*@)?(?<host>[\w.-]+(?::\d+)?)\/(?<path>[\w./-]+?)(?:\.git)?\/?$/;

/** `ssh://git@host:22/owner/name.git` or `git@host:owner/name.git`. The port is that of SSH. */
const sshUrl =
  /^(?:ssh:\/\/(?:[^@/\s]*@)?(?<server>[\w.-]+)(?::\d+)?\/|[\w.-]+@(?<host>[\w.-]+):)(?<path>[\w./-]+?)(?:\.git)?\/?$/;

/**
 * Returns the web address of a repository from the URL of a clone: without a user, a password and `.git`. Returns
 * undefined if the URL names no host, such as a folder.
 */
export function repositoryUrlOf(url: string | undefined): string | undefined {
  const text = (url ?? '').slice(0, maxUrl);
  const web = webUrl.exec(text)?.groups;
  if (web !== undefined) return `${web.scheme}://${web.host}/${web.path}`;
  const ssh = sshUrl.exec(text)?.groups;
  return ssh === undefined ? undefined : `https://${ssh.server ?? ssh.host}/${ssh.path}`;
}

/** Returns the text if it is a commit id, in SHA-1 or SHA-256. */
export function commit(text: string | undefined): string | undefined {
  return /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/.test(text ?? '') ? text : undefined;
}

/** Returns the full ref of the tag, or else of the branch. */
export function refOf(branch: string | undefined, tag: string | undefined): string | undefined {
  if (tag !== undefined) return `refs/tags/${tag}`;
  return branch === undefined ? undefined : `refs/heads/${branch}`;
}

/**
 * Whether a variable or an event names no commit: it is empty, or all zeros, as the old commit of a new branch and the new
 * commit of a deleted one (git, `null-oid`).
 */
export function isNoCommit(name: string): boolean {
  return /^0*$/.test(name);
}
