import type { CiRun } from './ci-run.ts';
import type { Environment } from './ci-system.ts';
import { commit, refOf, repositoryOf, repositoryUrlOf } from './git-names.ts';

/**
 * Reads a build of AWS CodeBuild (CodeBuild User Guide, "Environment variables in build environments").
 * Without a webhook, the only known branch is the one that it was started with. CodeBuild does not show
 * whether a pull request is from a fork, whose branch may be called `main`. So a pull request has only its
 * number.
 */
export function codeBuildRun(env: Environment): CiRun {
  const { CODEBUILD_BUILD_ID = '', CODEBUILD_RESOLVED_SOURCE_VERSION, CODEBUILD_SOURCE_REPO_URL } = env;
  const [kind, name] = readTrigger(env.CODEBUILD_WEBHOOK_TRIGGER ?? env.CODEBUILD_SOURCE_VERSION ?? '');
  const branch = kind === 'branch' ? name : undefined;
  const tag = kind === 'tag' ? name : undefined;
  // With a source in S3, which is CodePipeline's default, this is not a commit.
  const sha = commit(CODEBUILD_RESOLVED_SOURCE_VERSION);
  return {
    repository: repositoryOf(CODEBUILD_SOURCE_REPO_URL),
    repositoryUrl: repositoryUrlOf(CODEBUILD_SOURCE_REPO_URL),
    revision: sha,
    source: {
      commits: sha === undefined ? [] : [sha],
      sha,
      ref: refOf(branch, tag),
      branch,
      tag,
      pr: kind === 'pr' ? name : undefined,
    },
    fromFork: false,
    run: env.CODEBUILD_PUBLIC_BUILD_URL,
    facts: {
      // The id is `project:uuid`. The uuid alone is unique, and a retried build gets a new one.
      'build-id': CODEBUILD_BUILD_ID.split(':').at(-1),
    },
  };
}

type Trigger = readonly ['branch' | 'pr' | 'tag' | 'other', string];

/**
 * Parses `branch/main`, `pr/7` or `tag/v1` of a webhook; `refs/heads/main`, `pr/7`, a commit or an ARN of a
 * manual start.
 */
function readTrigger(text: string): Trigger {
  const { kind, name = '' } =
    /^(?<kind>branch|pr|tag|refs\/heads|refs\/tags)\/(?<name>[^^]+)/.exec(text)?.groups ?? {};
  switch (kind) {
    case 'branch':
    case 'refs/heads':
      return ['branch', name];
    case 'tag':
    case 'refs/tags':
      return ['tag', name];
    case 'pr':
      return ['pr', name];
    default:
      return ['other', text];
  }
}
