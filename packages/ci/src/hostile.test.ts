import { describe, test } from '@jest/globals';
import { fuzz, survivesAttacks } from '@towpath/fuzz';
import { ciFacts } from './ci-facts.ts';
import { isJobCredential, isJobVariable } from './job-variables.ts';

const corpus = new URL('./hostile.corpus.json', import.meta.url);
const now = new Date(0);

const readers: readonly { name: string; read: (text: string) => unknown; pieces: readonly string[] }[] = [
  {
    name: 'the source of a build of CodeBuild',
    read: (text) =>
      ciFacts({
        env: { CODEBUILD_BUILD_ID: text, CODEBUILD_SOURCE_REPO_URL: text, CODEBUILD_WEBHOOK_TRIGGER: text },
        event: undefined,
        now,
      }),
    pieces: ['https://', 'git@', '.git', 'branch/', 'refs/tags/', '^{'],
  },
  {
    name: 'the source of a build of Jenkins',
    read: (text) =>
      ciFacts({
        env: { JENKINS_URL: text, BUILD_ID: text, GIT_URL: text, GIT_BRANCH: text, GIT_COMMIT: text },
        event: undefined,
        now,
      }),
    pieces: ['https://', 'git@', '.git', 'origin/'],
  },
  {
    name: 'the source of a job of GitLab',
    read: (text) =>
      ciFacts({
        env: {
          GITLAB_CI: text,
          CI_COMMIT_SHA: text,
          CI_MERGE_REQUEST_IID: text,
          CI_MERGE_REQUEST_SOURCE_PROJECT_PATH: text,
          CI_MERGE_REQUEST_SOURCE_BRANCH_NAME: text,
        },
        event: undefined,
        now,
      }),
    pieces: ['acme/', 'refs/heads/'],
  },
  {
    name: 'the names of a run on GitHub',
    read: (text) =>
      ciFacts({
        env: { GITHUB_ACTIONS: 'true', GITHUB_REF: text, GITHUB_REF_NAME: text, GITHUB_REF_TYPE: 'branch' },
        event: { pull_request: { head: { ref: text, sha: text, user: { login: text } } } },
        now,
      }),
    pieces: ['refs/heads/', 'feature/'],
  },
  {
    name: 'the name of a variable',
    read: (text) => [isJobVariable(text), isJobCredential(text)],
    pieces: ['AWS_', 'INPUT_', 'CI_JOB_JWT'],
  },
];

describe.each(readers)('$name', ({ name, read, pieces }) => {
  test('finishes in time with any repeated fragment', () => {
    survivesAttacks(read, pieces);
  });

  test('finishes in time with any mixture of fragments', () => {
    fuzz(read, pieces, { file: corpus, name });
  });
});
