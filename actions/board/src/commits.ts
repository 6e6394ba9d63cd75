import type { Release } from '@towpath/ledger';

/** Returns whether a text is a full commit hash of git, SHA-1 or SHA-256. */
export function isCommit(text: string): boolean {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text);
}

/** The page of a run on GitHub: the page of its repository, then the number of the run. */
const runPattern = /^(?<page>https:\/\/[\w.:-]+\/(?<repository>[\w.-]+\/[\w.-]+))\/actions\/runs\/\d+/;

type Origin = Pick<Release, 'source' | 'run'>;

/** Returns the page of the repository that a release was built from; undefined if the run is not one of that repository. */
function repositoryPage({ source, run = '' }: Origin): string | undefined {
  const { page, repository } = runPattern.exec(run)?.groups ?? {};
  const isSame = source.repository === undefined || source.repository === repository;
  return isSame ? page : undefined;
}

/** Returns the page of the commit of a release; undefined if it is not known. */
export function commitUrl(release: Origin): string | undefined {
  const page = repositoryPage(release);
  const { revision = '' } = release.source;
  return page === undefined || !isCommit(revision) ? undefined : `${page}/commit/${revision}`;
}

/** Returns the page that compares the commits of two releases; undefined if they have no common repository. */
export function compareUrl(before: Origin, after: Origin): string | undefined {
  const [page, other] = [repositoryPage(before), repositoryPage(after)];
  const [from = '', to = ''] = [before.source.revision, after.source.revision];
  if (page === undefined || page !== other || from === to || !isCommit(from) || !isCommit(to))
    return undefined;
  return `${page}/compare/${from}...${to}`;
}
