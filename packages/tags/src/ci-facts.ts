import type { Facts } from './facts.ts';

/** Where and why this run happens, as the CI system tells it. */
export interface CiFacts {
  /** `owner/name` of the source repository. */
  readonly repository?: string;
  /** The commit that was checked out: on a pull request GitHub's merge commit. */
  readonly revision?: string;
  /** The full ref, e.g. `refs/heads/main`. */
  readonly ref?: string;
  /** Whether the sources come from a fork: GitHub gives such a run no secrets and no AWS credentials. */
  readonly fromFork: boolean;
  /** The page of this run. */
  readonly run?: string;
  /** What tag templates can use. `sha` is the head's on a pull request, for that is the commit people know. */
  readonly facts: Facts;
}

interface PullRequestEvent {
  readonly pull_request?: {
    readonly number?: number;
    readonly head?: {
      readonly sha?: string;
      readonly ref?: string;
      /** Null when the fork was deleted since. */
      readonly repo?: { readonly full_name?: string } | null;
    };
  };
}

/**
 * The facts of a GitHub Actions run; all of them are absent elsewhere.
 *
 * @param env the runner's default variables (GitHub docs, "Default environment variables")
 * @param event the payload that GITHUB_EVENT_PATH names, when there is one
 */
export function ciFacts(
  env: Readonly<Record<string, string | undefined>>,
  event: unknown,
  now: Date,
): CiFacts {
  const pull = ((event ?? {}) as PullRequestEvent).pull_request;
  const { GITHUB_SHA, GITHUB_REF, GITHUB_REF_NAME, GITHUB_REF_TYPE, GITHUB_REPOSITORY, GITHUB_RUN_ID } = env;
  const branch = pull?.head?.ref ?? (GITHUB_REF_TYPE === 'branch' ? GITHUB_REF_NAME : undefined);
  return {
    repository: GITHUB_REPOSITORY,
    revision: GITHUB_SHA,
    ref: GITHUB_REF,
    fromFork: Boolean(pull) && pull?.head?.repo?.full_name !== GITHUB_REPOSITORY,
    run: runUrl(env),
    facts: {
      sha: pull?.head?.sha ?? GITHUB_SHA,
      branch,
      pr: pull?.number?.toString(),
      'run-id': GITHUB_RUN_ID,
      'run-attempt': env.GITHUB_RUN_ATTEMPT,
      timestamp: Math.floor(now.getTime() / 1000).toString(),
      date: now.toISOString().slice(0, 10).replaceAll('-', ''),
    },
  };
}

function runUrl({
  GITHUB_SERVER_URL,
  GITHUB_REPOSITORY,
  GITHUB_RUN_ID,
}: Readonly<Record<string, string | undefined>>) {
  if (GITHUB_SERVER_URL === undefined || GITHUB_REPOSITORY === undefined || GITHUB_RUN_ID === undefined)
    return undefined;
  return `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}/actions/runs/${GITHUB_RUN_ID}`;
}
