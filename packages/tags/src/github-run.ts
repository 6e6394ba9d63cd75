import type { CiRun, Environment } from './ci-facts.ts';

/** What is read of an event's payload (GitHub docs, "Webhook events and payloads"). */
interface Event {
  readonly pull_request?: {
    readonly number?: number;
    readonly head?: {
      readonly sha?: string;
      readonly ref?: string;
      /** Null when the fork was deleted since. */
      readonly repo?: { readonly full_name?: string } | null;
      readonly user?: { readonly login?: string } | null;
    };
  };
}

/**
 * A run of GitHub Actions.
 *
 * @param env the runner's default variables (GitHub docs, "Default environment variables")
 */
export function gitHubRun(env: Environment, event: unknown, checkedOut: string | undefined): CiRun {
  const pull = ((event ?? {}) as Event).pull_request;
  const { GITHUB_SHA, GITHUB_REF, GITHUB_REF_NAME, GITHUB_REF_TYPE, GITHUB_REPOSITORY } = env;
  const { GITHUB_RUN_ID, GITHUB_RUN_ATTEMPT } = env;
  const fromFork = Boolean(pull) && pull?.head?.repo?.full_name !== GITHUB_REPOSITORY;
  return {
    repository: GITHUB_REPOSITORY,
    revision: GITHUB_SHA,
    ref: GITHUB_REF,
    tag: GITHUB_REF_TYPE === 'tag' ? GITHUB_REF_NAME : undefined,
    fromFork,
    run: runUrl(env),
    facts: {
      sha: isBase(env, pull, checkedOut) ? GITHUB_SHA : (pull?.head?.sha ?? GITHUB_SHA),
      branch: headBranch(pull, fromFork) ?? (GITHUB_REF_TYPE === 'branch' ? GITHUB_REF_NAME : undefined),
      pr: pull?.number?.toString(),
      'run-id': GITHUB_RUN_ID,
      'run-attempt': GITHUB_RUN_ATTEMPT,
      'build-id': GITHUB_RUN_ID === undefined ? undefined : `${GITHUB_RUN_ID}-${GITHUB_RUN_ATTEMPT ?? '1'}`,
    },
  };
}

/**
 * On `pull_request_target` the base is checked out unless the workflow says otherwise: what is built of it must not
 * have the name of the head's commit.
 */
function isBase(env: Environment, pull: Event['pull_request'], checkedOut: string | undefined): boolean {
  return env.GITHUB_EVENT_NAME === 'pull_request_target' && checkedOut !== pull?.head?.sha;
}

/** A fork's branch has its owner before it, as GitHub shows it: a fork has a `main` too. */
function headBranch(pull: Event['pull_request'], fromFork: boolean): string | undefined {
  const branch = pull?.head?.ref;
  return branch === undefined || !fromFork ? branch : `${pull?.head?.user?.login ?? 'fork'}:${branch}`;
}

function runUrl({ GITHUB_SERVER_URL, GITHUB_REPOSITORY, GITHUB_RUN_ID }: Environment) {
  if (GITHUB_SERVER_URL === undefined || GITHUB_REPOSITORY === undefined || GITHUB_RUN_ID === undefined)
    return undefined;
  return `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}/actions/runs/${GITHUB_RUN_ID}`;
}
