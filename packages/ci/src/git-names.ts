/** `owner/name` of a clone's URL; of CodeCommit, whose repositories have no owner, the name. */
export function repositoryOf(url: string | undefined): string | undefined {
  const { path } = /^(?:\w+:\/\/[^/]+\/|[^/]+:)(?<path>.+?)(?:\.git)?\/?$/s.exec(url ?? '')?.groups ?? {};
  return path?.replace(/^v1\/repos\//, '');
}

/** The text, if it is the id of a commit, of SHA-1 or SHA-256. */
export function commit(text: string | undefined): string | undefined {
  return /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/.test(text ?? '') ? text : undefined;
}

/** The full name of a tag, else of a branch. */
export function refOf(branch: string | undefined, tag: string | undefined): string | undefined {
  if (tag !== undefined) return `refs/tags/${tag}`;
  return branch === undefined ? undefined : `refs/heads/${branch}`;
}
