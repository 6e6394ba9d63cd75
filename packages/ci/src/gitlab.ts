import type { CiRun } from './ci-run.ts';
import { filled, type Environment } from './ci-system.ts';
import { commit, refOf } from './git-names.ts';

/** An unmerged change of a GitLab pipeline: a merge request, or a pull request of an external repository. */
interface Change {
  /** Its number. Undefined if it was merged or closed before the pipeline started. */
  readonly number?: string;
  readonly ref?: string;
  readonly branch?: string;
  /** The project or repository that the change comes from, and the one that it goes to. */
  readonly source?: string;
  readonly target?: string;
  /** The commit of the source branch, if the pipeline runs for a merge commit. */
  readonly head?: string;
}

/**
 * Reads a job of GitLab CI (GitLab docs, "Predefined CI/CD variables reference"). A pipeline for merged results and a merge
 * train check out a merge commit, but people recognize the head of the merge request.
 */
export function gitLabRun(env: Environment): CiRun {
  const { CI_COMMIT_SHA, CI_PIPELINE_ID, CI_JOB_ID } = env;
  const change = changeOf(env);
  const isFork = change !== undefined && change.source !== change.target;
  const tag = filled(env.CI_COMMIT_TAG);
  const branch = change === undefined ? filled(env.CI_COMMIT_BRANCH) : branchOf(change, isFork);
  const sha = commit(CI_COMMIT_SHA);
  return {
    repository: filled(env.CI_PROJECT_PATH),
    repositoryUrl: filled(env.CI_PROJECT_URL),
    revision: sha,
    source: {
      commits: [sha, change?.head].filter((one) => one !== undefined),
      sha: change?.head ?? sha,
      ref: change === undefined ? refOf(branch, tag) : change.ref,
      branch,
      tag: change === undefined ? tag : undefined,
      pr: change?.number,
    },
    fromFork: isFork,
    run: filled(env.CI_PIPELINE_URL),
    // In a manual job it is who started the job.
    actor: filled(env.GITLAB_USER_LOGIN),
    facts: {
      'run-id': filled(CI_PIPELINE_ID),
      // A job that is run again stays in its pipeline, and gets another id.
      'build-id': [CI_PIPELINE_ID, CI_JOB_ID].map(filled).every((id) => id !== undefined)
        ? `${CI_PIPELINE_ID}-${CI_JOB_ID}`
        : undefined,
    },
  };
}

/** Returns whether the pipeline is for an unmerged change. Other pipelines are for a branch or a tag, and name it. */
export function isChangeOfGitLab(env: Environment): boolean {
  const { CI_COMMIT_BRANCH, CI_COMMIT_TAG, CI_MERGE_REQUEST_IID, CI_EXTERNAL_PULL_REQUEST_IID } = env;
  const isNamed = [CI_COMMIT_BRANCH, CI_COMMIT_TAG].some((name) => filled(name) !== undefined);
  const ids = [CI_MERGE_REQUEST_IID, CI_EXTERNAL_PULL_REQUEST_IID];
  return !isNamed || ids.some((id) => filled(id) !== undefined);
}

function changeOf(env: Environment): Change | undefined {
  if (!isChangeOfGitLab(env)) return undefined;
  const number = filled(env.CI_EXTERNAL_PULL_REQUEST_IID);
  if (number !== undefined)
    return {
      number,
      branch: filled(env.CI_EXTERNAL_PULL_REQUEST_SOURCE_BRANCH_NAME),
      source: env.CI_EXTERNAL_PULL_REQUEST_SOURCE_REPOSITORY,
      target: env.CI_EXTERNAL_PULL_REQUEST_TARGET_REPOSITORY,
    };
  return {
    number: filled(env.CI_MERGE_REQUEST_IID),
    ref: filled(env.CI_MERGE_REQUEST_REF_PATH),
    branch: filled(env.CI_MERGE_REQUEST_SOURCE_BRANCH_NAME),
    source: env.CI_MERGE_REQUEST_SOURCE_PROJECT_PATH,
    target: env.CI_MERGE_REQUEST_PROJECT_PATH,
    head: commit(env.CI_MERGE_REQUEST_SOURCE_BRANCH_SHA),
  };
}

/** Returns the branch of a change. A fork's branch gets the owner of the fork as a prefix, because a fork also has a `main`. */
function branchOf({ branch, source = '' }: Change, isFork: boolean): string | undefined {
  if (branch === undefined || !isFork) return branch;
  const end = source.lastIndexOf('/');
  return `${end > 0 ? source.slice(0, end) : 'fork'}:${branch}`;
}
