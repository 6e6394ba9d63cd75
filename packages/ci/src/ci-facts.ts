import type { Facts } from '@towpath/tags';
import type { Checkout, CiRun, Source } from './ci-run.ts';
import { ciSystem, filled, type Environment } from './ci-system.ts';
import { codeBuildRun } from './codebuild.ts';
import { gitHubRun } from './github.ts';
import { gitLabRun } from './gitlab.ts';
import { jenkinsRun } from './jenkins.ts';
import { isNoCommit } from './git-names.ts';
import { proposalOf, type Proposal } from './proposal.ts';

/** The facts about the run and its commit. */
export interface CiFacts {
  /** `owner/name` of the source repository. */
  readonly repository?: string;
  /** The web address of the source repository. */
  readonly repositoryUrl?: string;
  /**
   * The commit that was checked out. On a pull request it is GitHub's merge commit, unless the workflow chose
   * another.
   */
  readonly revision?: string;
  /** The full ref of what was checked out, e.g. `refs/heads/main`. */
  readonly ref?: string;
  /** The git tag of the run, if the tag was checked out. */
  readonly tag?: string;
  readonly fromFork: boolean;
  /** The unmerged change, if the run may be for one. */
  readonly proposal?: Proposal;
  /** The URL of this run. */
  readonly run?: string;
  /** Who started this run. */
  readonly actor?: string;
  /** The commit of the run, if an unrelated commit was checked out. */
  readonly otherRevision?: string;
  /**
   * The facts for tag templates. On a pull request, `sha` is the head, because that is the commit people
   * recognize.
   */
  readonly facts: Facts;
}

export interface CiContext {
  readonly env: Environment;
  /** The payload in the file at GITHUB_EVENT_PATH, if there is one. */
  readonly event: unknown;
  readonly checkout?: Checkout;
  readonly now: Date;
}

/**
 * Returns the facts of a run on GitHub Actions, GitLab CI, AWS CodeBuild (with or without CodePipeline) or Jenkins. On
 * other systems, it reads the commit of the clone.
 *
 * Commit, branch, tag and ref are those of the checkout. A workflow may check out another commit than the
 * run's, by the input `ref` of actions/checkout. Its images must not get the names of the run.
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
      sha: [named.sha, checkout?.commit].find((commit) => commit !== undefined && !isNoCommit(commit)),
      branch: named.branch,
      pr: named.pr,
      // A pipeline can pass the id of its execution to a build in any variable. These are the usual names.
      'execution-id': filled(env.CODEPIPELINE_EXECUTION_ID) ?? filled(env.DESTINATION_TAG),
      timestamp,
      date: now.toISOString().slice(0, 10).replaceAll('-', ''),
    },
  };
}

/** For a commit that is unrelated to the run, all names come from the clone. */
function checkoutSource(checkout: Checkout | undefined): Source | undefined {
  if (checkout === undefined) return undefined;
  const { commit, branch } = checkout;
  return { commits: [commit], sha: commit, branch, ref: branch && `refs/heads/${branch}` };
}

function readRun(env: Environment, event: unknown, checkout: Checkout | undefined, timestamp: string): CiRun {
  switch (ciSystem(env)) {
    case 'github':
      return gitHubRun(env, event, checkout);
    case 'gitlab':
      return gitLabRun(env);
    case 'codebuild':
      return codeBuildRun(env);
    case 'jenkins':
      return jenkinsRun(env, timestamp);
    case undefined:
      return { fromFork: false, facts: {} };
  }
}
