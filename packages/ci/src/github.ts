import type { Checkout, CiRun, Source } from './ci-run.ts';
import type { Environment } from './ci-system.ts';

/** The fields that are read from an event's payload (GitHub docs, "Webhook events and payloads"). */
interface Event {
  readonly pull_request?: {
    readonly number?: number;
    /** The last test merge of the head into the base, at `refs/pull/N/merge`. */
    readonly merge_commit_sha?: string | null;
    readonly head?: {
      readonly sha?: string;
      readonly ref?: string;
      /** Null if the fork was deleted. */
      readonly repo?: { readonly full_name?: string } | null;
      readonly user?: { readonly login?: string } | null;
    };
    readonly base?: { readonly sha?: string; readonly ref?: string };
  };
  readonly workflow_run?: {
    readonly head_sha?: string;
    readonly head_branch?: string | null;
    readonly head_repository?: {
      readonly full_name?: string;
      readonly owner?: { readonly login?: string } | null;
    } | null;
  };
}

/**
 * Reads a run of GitHub Actions. Its workspace may contain one of several commits. The run's own commit is
 * the merge commit on a pull request, and the base on `pull_request_target`. It may also be the head of the
 * pull request or of the triggering run. The facts are those of the commit that is checked out.
 *
 * @param env the runner's default variables (GitHub docs, "Default environment variables")
 */
export function gitHubRun(env: Environment, event: unknown, checkout: Checkout | undefined): CiRun {
  const { pull_request: pull, workflow_run: trigger } = (event ?? {}) as Event;
  const { GITHUB_REPOSITORY, GITHUB_RUN_ID, GITHUB_RUN_ATTEMPT } = env;
  const isFork = Boolean(pull) && pull?.head?.repo?.full_name !== GITHUB_REPOSITORY;
  const sources = sourcesOf(env, pull, isFork, trigger);
  const [first] = sources;
  const source = sources.find(({ commits }) => checkout && commits.includes(checkout.commit)) ?? first;
  return {
    repository: GITHUB_REPOSITORY,
    ...(GITHUB_REPOSITORY !== undefined && {
      repositoryUrl: `${env.GITHUB_SERVER_URL ?? 'https://github.com'}/${GITHUB_REPOSITORY}`,
    }),
    revision: env.GITHUB_SHA,
    source,
    fromFork: isFork || source?.fromFork === true,
    run: runUrl(env),
    // A re-run has the actor of the first attempt.
    actor: env.GITHUB_TRIGGERING_ACTOR ?? env.GITHUB_ACTOR,
    facts: {
      'run-id': GITHUB_RUN_ID,
      'run-attempt': GITHUB_RUN_ATTEMPT,
      'build-id': GITHUB_RUN_ID === undefined ? undefined : `${GITHUB_RUN_ID}-${GITHUB_RUN_ATTEMPT ?? '1'}`,
    },
  };
}

/**
 * Returns the commits that a workflow may check out for an event. The first is the default of
 * `actions/checkout`.
 */
function sourcesOf(
  env: Environment,
  pull: Event['pull_request'],
  isFork: boolean,
  trigger: Event['workflow_run'],
): readonly Source[] {
  const { GITHUB_SHA, GITHUB_REF, GITHUB_REF_NAME, GITHUB_REF_TYPE } = env;
  const own: Source = {
    commits: known([GITHUB_SHA]),
    sha: GITHUB_SHA,
    ref: GITHUB_REF,
    branch: GITHUB_REF_TYPE === 'branch' ? GITHUB_REF_NAME : undefined,
    tag: GITHUB_REF_TYPE === 'tag' ? GITHUB_REF_NAME : undefined,
  };
  if (trigger) return [own, triggerSource(trigger, env)];
  if (!pull) return [own];
  const base: Source = {
    commits: known([pull.base?.sha]),
    sha: pull.base?.sha,
    ref: pull.base?.ref && `refs/heads/${pull.base.ref}`,
    branch: pull.base?.ref,
  };
  const head = headSource(pull, isFork);
  if (env.GITHUB_EVENT_NAME === 'pull_request_target') return [own, head, base];
  // Here GITHUB_SHA is the merge commit, but people recognize the head.
  return [
    { ...head, commits: known([GITHUB_SHA, ...head.commits]), sha: head.sha ?? GITHUB_SHA, ref: GITHUB_REF },
    base,
  ];
}

/**
 * Returns the head of a pull request. A fork's branch gets its owner as a prefix, as GitHub shows it, because
 * a fork also has a `main`.
 */
function headSource(
  { number, head, merge_commit_sha: merge }: NonNullable<Event['pull_request']>,
  isFork: boolean,
): Source {
  const branch = head?.ref;
  return {
    commits: known([head?.sha, merge]),
    sha: head?.sha,
    ref: number === undefined ? undefined : `refs/pull/${number}/head`,
    branch: branch === undefined || !isFork ? branch : `${head?.user?.login ?? 'fork'}:${branch}`,
    pr: number?.toString(),
  };
}

/** Returns the source of the run that triggered this one. */
function triggerSource(
  { head_sha: sha, head_branch: name, head_repository: repository }: NonNullable<Event['workflow_run']>,
  { GITHUB_REPOSITORY }: Environment,
): Source {
  const fromFork = repository?.full_name !== GITHUB_REPOSITORY;
  const branch = name ?? undefined;
  return {
    commits: known([sha]),
    sha,
    ref: branch === undefined || fromFork ? undefined : `refs/heads/${branch}`,
    branch: branch === undefined || !fromFork ? branch : `${repository?.owner?.login ?? 'fork'}:${branch}`,
    fromFork,
  };
}

function known(commits: readonly (string | null | undefined)[]): readonly string[] {
  return commits.filter((commit) => commit !== undefined && commit !== null);
}

function runUrl({ GITHUB_SERVER_URL, GITHUB_REPOSITORY, GITHUB_RUN_ID }: Environment) {
  if (GITHUB_SERVER_URL === undefined || GITHUB_REPOSITORY === undefined || GITHUB_RUN_ID === undefined)
    return undefined;
  return `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}/actions/runs/${GITHUB_RUN_ID}`;
}
