/** Returns `owner/name` from the URL of a clone. CodeCommit repositories have no owner, so it is only the name. */
export function repositoryOf(url: string | undefined): string | undefined {
  const { path } = /^(?:\w+:\/\/[^/]+\/|[^/]+:)(?<path>.+?)(?:\.git)?\/?$/s.exec(url ?? '')?.groups ?? {};
  return path?.replace(/^v1\/repos\//, '');
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
