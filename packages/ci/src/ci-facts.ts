import type { Facts } from '@towpath/tags';
import { codeBuildRun } from './codebuild.ts';
import { gitHubRun } from './github.ts';
import { jenkinsRun } from './jenkins.ts';
import { proposalOf, type Proposal } from './proposal.ts';

/** The variables of the environment, by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What lies in the workspace, when it is a clone. */
export interface Checkout {
  /** The commit that HEAD means. */
  readonly commit: string;
  /** The branch that HEAD names; absent when HEAD is detached. */
  readonly branch?: string;
}

/** A commit that a run may have checked out, and the names that it has there. */
export interface Source {
  /** The commits that these names describe: of a pull request its head and the merge commit. */
  readonly commits: readonly string[];
  /** The commit as people know it. */
  readonly sha?: string;
  /** The full ref, e.g. `refs/heads/main`. */
  readonly ref?: string;
  readonly branch?: string;
  readonly tag?: string;
  /** The number of the pull request. */
  readonly pr?: string;
  readonly fromFork?: boolean;
}

/** A run, as its own CI system describes it. Every CI system has a file that reads this. */
export interface CiRun {
  /** `owner/name` of the source repository. */
  readonly repository?: string;
  /** The commit of the run itself. */
  readonly revision?: string;
  /** What the run has checked out, or would have without a choice of its own. */
  readonly source?: Source;
  /** Whether the sources come from a fork: GitHub gives such a run no secrets and no AWS credentials. */
  readonly fromFork: boolean;
  /** The page of this run. */
  readonly run?: string;
  /** Facts of the run alone, which no commit has. */
  readonly facts: Facts;
}

/** Where and why this run happens. */
export interface CiFacts {
  /** `owner/name` of the source repository. */
  readonly repository?: string;
  /** What was checked out: on a pull request GitHub's merge commit, unless the workflow chose another. */
  readonly revision?: string;
  /** The full ref of what was checked out, e.g. `refs/heads/main`. */
  readonly ref?: string;
  /** The git tag that the run is for, if that is what was checked out. */
  readonly tag?: string;
  readonly fromFork: boolean;
  /** The change that nobody has merged yet, if the run may be for one. */
  readonly proposal?: Proposal;
  /** The page of this run. */
  readonly run?: string;
  /** The commit of the run, if the commit that was checked out is one that the run does not know. */
  readonly otherRevision?: string;
  /** What tag templates can use. `sha` is the head's on a pull request, for that is the commit people know. */
  readonly facts: Facts;
}

export interface CiContext {
  readonly env: Environment;
  /** The payload that GITHUB_EVENT_PATH names, when there is one. */
  readonly event: unknown;
  readonly checkout?: Checkout;
  readonly now: Date;
}

/** A push that deletes a branch has this for the commit after it (git, `null-oid`): it is no commit. */
const noCommit = /^0+$/;

/**
 * The facts of a run: on GitHub Actions, in AWS CodeBuild, alone or in a CodePipeline, on Jenkins, or anywhere
 * else, where a clone has its commit. A runner of GitHub that CodeBuild hosts is GitHub's.
 *
 * Commit, branch, tag and ref are those of the checkout: a workflow may check out another commit than the run's, by
 * the input `ref` of actions/checkout, and what is built of it must not have the run's names.
 */
export function ciFacts({ env, event, checkout, now }: CiContext): CiFacts {
  const timestamp = Math.floor(now.getTime() / 1000).toString();
  const { source, revision, facts, ...run } = readRun(env, event, checkout, timestamp);
  const own = source?.commits[0];
  const isOther = checkout !== undefined && own !== undefined && !source?.commits.includes(checkout.commit);
  const named = (isOther ? checkoutSource(checkout) : (source ?? checkoutSource(checkout))) ?? {
    commits: [],
  };
  const proposal = proposalOf(env, event, { pr: named.pr, fromFork: run.fromFork, isOther });
  return {
    ...run,
    revision: checkout?.commit ?? revision,
    ref: named.ref,
    tag: named.tag,
    ...(isOther && { otherRevision: own }),
    ...(proposal && { proposal }),
    facts: {
      ...facts,
      sha: [named.sha, checkout?.commit].find((commit) => commit !== undefined && !noCommit.test(commit)),
      branch: named.branch,
      pr: named.pr,
      // How a pipeline hands its execution's id to the builds it starts is its own choice: these are the usual names.
      'execution-id': filled(env.CODEPIPELINE_EXECUTION_ID) ?? filled(env.DESTINATION_TAG),
      timestamp,
      date: now.toISOString().slice(0, 10).replaceAll('-', ''),
    },
  };
}

/** Of a commit that the run does not know, the clone has all names there are. */
function checkoutSource(checkout: Checkout | undefined): Source | undefined {
  if (checkout === undefined) return undefined;
  const { commit, branch } = checkout;
  return { commits: [commit], sha: commit, branch, ref: branch && `refs/heads/${branch}` };
}

function readRun(env: Environment, event: unknown, checkout: Checkout | undefined, timestamp: string): CiRun {
  if (filled(env.GITHUB_ACTIONS ?? env.GITHUB_RUN_ID ?? env.GITHUB_SHA) !== undefined)
    return gitHubRun(env, event, checkout);
  if (filled(env.CODEBUILD_BUILD_ID) !== undefined) return codeBuildRun(env);
  if (filled(env.JENKINS_URL) !== undefined) return jenkinsRun(env, timestamp);
  return { fromFork: false, facts: {} };
}

function filled(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}
