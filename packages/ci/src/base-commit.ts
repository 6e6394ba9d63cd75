import type { Checkout, BaseCommit } from './ci-run.ts';
import { ciSystem, filled, type Environment } from './ci-system.ts';
import { beforePush, none, ofNewBranch, ofTag } from './bases.ts';
import { commit, isNoCommit } from './git-names.ts';
import { gitHubBase } from './github-base.ts';

/**
 * Returns the base of a run. A run that names no earlier state of the same branch has none. The base is a claim of the CI
 * system: it only chooses what is built.
 *
 * @param event the payload of GitHub's event, if there is one
 */
export function baseCommit(env: Environment, event: unknown, checkout: Checkout | undefined): BaseCommit {
  if (checkout === undefined) return none('no commit is checked out');
  switch (ciSystem(env)) {
    case 'github':
      return gitHubBase(env, event, checkout);
    case 'gitlab':
      return gitLabBase(env, checkout);
    case 'codebuild':
      return codeBuildBase(env, checkout);
    case 'jenkins':
      return jenkinsBase(env, checkout);
    case undefined:
      return none('the input base is not set, and no CI system names a commit');
  }
}

/** @see GitLab docs, "Predefined CI/CD variables reference" */
function gitLabBase(env: Environment, checkout: Checkout): BaseCommit {
  const source = filled(env.CI_PIPELINE_SOURCE) ?? 'unknown';
  const head = commit(env.CI_MERGE_REQUEST_SOURCE_BRANCH_SHA);
  const isOwn = checkout.commit === env.CI_COMMIT_SHA;
  if (!isOwn && checkout.commit !== head)
    return none('the checked-out commit is not the one of the pipeline');
  if (filled(env.CI_COMMIT_TAG) !== undefined) return ofTag();
  // Only pipelines for merged results and merge trains have the head, and check out a merge commit.
  if (head !== undefined && isOwn)
    return {
      kind: 'first-parent',
      head,
      otherwise: commit(env.CI_MERGE_REQUEST_TARGET_BRANCH_SHA),
      change: 'merge request',
    };
  const from =
    commit(env.CI_MERGE_REQUEST_DIFF_BASE_SHA) ?? commit(env.CI_EXTERNAL_PULL_REQUEST_TARGET_BRANCH_SHA);
  if (from !== undefined)
    return { kind: 'fork-point', from, why: 'the commit at which the merge request left its target branch' };
  const before = commit(env.CI_COMMIT_BEFORE_SHA);
  if (before !== undefined && !isNoCommit(before)) return beforePush(before);
  if (source !== 'push') return none(`a pipeline of the source ${source} names no commit to compare with`);
  return ofNewBranch(filled(env.CI_COMMIT_BRANCH), filled(env.CI_DEFAULT_BRANCH));
}

/** @see CodeBuild User Guide, "Environment variables in build environments" */
function codeBuildBase(env: Environment, checkout: Checkout): BaseCommit {
  const event = filled(env.CODEBUILD_WEBHOOK_EVENT);
  const target = /^refs\/heads\/(?<branch>.+)$/.exec(env.CODEBUILD_WEBHOOK_BASE_REF ?? '')?.groups?.branch;
  if (checkout.commit !== env.CODEBUILD_RESOLVED_SOURCE_VERSION)
    return none('the checked-out commit is not the one of the build');
  if (event === undefined)
    return none(
      'a build that no webhook started, such as one of CodePipeline, names no commit to compare with',
    );
  if (env.CODEBUILD_WEBHOOK_HEAD_REF?.startsWith('refs/tags/') === true) return ofTag();
  if (event.startsWith('PULL_REQUEST') && target !== undefined) return ofChange(target);
  const before = commit(env.CODEBUILD_WEBHOOK_PREV_COMMIT);
  if (event !== 'PUSH' || before === undefined)
    return none(`the event ${event} does not name a commit to compare with`);
  // CodeBuild does not name the default branch.
  return isNoCommit(before) ? none('the branch is new') : beforePush(before);
}

/** @see Jenkins Git plugin, "Environment variables", and Branch API plugin */
function jenkinsBase(env: Environment, checkout: Checkout): BaseCommit {
  const target = filled(env.CHANGE_TARGET);
  if (checkout.commit !== env.GIT_COMMIT) return none('the checked-out commit is not the one of the build');
  if (filled(env.TAG_NAME) !== undefined) return ofTag();
  if (target !== undefined) return ofChange(target);
  const before = commit(env.GIT_PREVIOUS_SUCCESSFUL_COMMIT);
  return before === undefined
    ? none('no earlier build of this branch succeeded')
    : { kind: 'commit', commit: before, why: 'the commit of the last successful build' };
}

function ofChange(target: string): BaseCommit {
  return { kind: 'fork-point', from: target, why: `the commit at which the pull request left ${target}` };
}
