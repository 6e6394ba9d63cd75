import type { CiRun } from './ci-run.ts';
import type { Environment } from './ci-system.ts';
import { commit, refOf, repositoryOf, repositoryUrlOf } from './git-names.ts';

/**
 * Reads a build of Jenkins. Its variables come from Jenkins, the Git plugin and, for a pull request or a tag,
 * from a multibranch project.
 *
 * @param timestamp in seconds. Jenkins numbers its builds, but starts again at 1 if a job is recreated.
 */
export function jenkinsRun(env: Environment, timestamp: string): CiRun {
  const { BUILD_ID, BUILD_URL, GIT_COMMIT, GIT_URL, TAG_NAME, CHANGE_ID } = env;
  const branch = changeBranch(env) ?? (TAG_NAME === undefined ? localBranch(env) : undefined);
  const sha = commit(GIT_COMMIT);
  return {
    repository: repositoryOf(GIT_URL),
    repositoryUrl: repositoryUrlOf(GIT_URL),
    revision: sha,
    source: {
      commits: sha === undefined ? [] : [sha],
      sha,
      ref: refOf(CHANGE_ID === undefined ? branch : undefined, TAG_NAME),
      branch,
      tag: TAG_NAME,
      pr: CHANGE_ID,
    },
    // Only a multibranch project builds forks, and then this variable is set (GitHub Branch Source plugin).
    fromFork: env.CHANGE_FORK !== undefined,
    run: BUILD_URL,
    facts: {
      'build-id': BUILD_ID === undefined ? undefined : `${BUILD_ID}-${timestamp}`,
    },
  };
}

/** Returns the branch of a change. A fork's branch gets the fork as a prefix, because a fork also has a `main`. */
function changeBranch({ CHANGE_BRANCH, CHANGE_FORK }: Environment): string | undefined {
  return CHANGE_BRANCH === undefined || CHANGE_FORK === undefined
    ? CHANGE_BRANCH
    : `${CHANGE_FORK}:${CHANGE_BRANCH}`;
}

/** Returns the branch without its remote. The Git plugin returns `origin/main`. */
function localBranch({ BRANCH_NAME, GIT_LOCAL_BRANCH, GIT_BRANCH }: Environment): string | undefined {
  return BRANCH_NAME ?? GIT_LOCAL_BRANCH ?? GIT_BRANCH?.replace(/^origin\//, '');
}
