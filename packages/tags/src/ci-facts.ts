import { codeBuildRun } from './codebuild-run.ts';
import type { Facts } from './facts.ts';
import { gitHubRun } from './github-run.ts';
import { jenkinsRun } from './jenkins-run.ts';

/** The variables of the environment, by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A run, as its own CI system tells it. Every CI system has a file that reads this. */
export interface CiRun {
  /** `owner/name` of the source repository. */
  readonly repository?: string;
  /** The commit that the run is of. */
  readonly revision?: string;
  /** The full ref, e.g. `refs/heads/main`. */
  readonly ref?: string;
  /** The git tag that the run is of. */
  readonly tag?: string;
  /** Whether the sources come from a fork: GitHub gives such a run no secrets and no AWS credentials. */
  readonly fromFork: boolean;
  /** The page of this run. */
  readonly run?: string;
  readonly facts: Facts;
}

/** Where and why this run happens. */
export interface CiFacts extends CiRun {
  /** What was checked out: on a pull request GitHub's merge commit, unless the workflow chose another. */
  readonly revision?: string;
  /** What tag templates can use. `sha` is the head's on a pull request, for that is the commit people know. */
  readonly facts: Facts;
}

export interface CiSurroundings {
  readonly env: Environment;
  /** The payload that GITHUB_EVENT_PATH names, when there is one. */
  readonly event: unknown;
  /** The commit that lies in the workspace, when it is a clone. */
  readonly checkedOut?: string;
  readonly now: Date;
}

/** A push that deletes a branch has this for the commit after it (git, `null-oid`): it is no commit. */
const noCommit = /^0+$/;

/**
 * The facts of a run: on GitHub Actions, in AWS CodeBuild, alone or in a CodePipeline, on Jenkins, or anywhere
 * else, where a clone tells its commit. A runner of GitHub that CodeBuild hosts is GitHub's.
 */
export function ciFacts({ env, event, checkedOut, now }: CiSurroundings): CiFacts {
  const timestamp = Math.floor(now.getTime() / 1000).toString();
  const run = readRun(env, event, checkedOut, timestamp);
  const sha = [run.facts.sha, checkedOut].find((commit) => commit !== undefined && !noCommit.test(commit));
  return {
    ...run,
    revision: checkedOut ?? run.revision,
    facts: {
      ...run.facts,
      sha,
      // How a pipeline hands its execution's id to the builds it starts is its own choice: these are the usual names.
      'execution-id': filled(env.CODEPIPELINE_EXECUTION_ID) ?? filled(env.DESTINATION_TAG),
      timestamp,
      date: now.toISOString().slice(0, 10).replaceAll('-', ''),
    },
  };
}

function readRun(env: Environment, event: unknown, checkedOut: string | undefined, timestamp: string): CiRun {
  if (filled(env.GITHUB_ACTIONS ?? env.GITHUB_RUN_ID ?? env.GITHUB_SHA) !== undefined)
    return gitHubRun(env, event, checkedOut);
  if (filled(env.CODEBUILD_BUILD_ID) !== undefined) return codeBuildRun(env);
  if (filled(env.JENKINS_URL) !== undefined) return jenkinsRun(env, timestamp);
  return { fromFork: false, facts: {} };
}

function filled(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}
