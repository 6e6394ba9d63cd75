import { expect, test } from '@jest/globals';
import { baseCommit } from './base-commit.ts';

const [head, merge, before, base] = ['a', 'b', 'c', 'd'].map((digit) => digit.repeat(40)) as [
  string,
  string,
  string,
  string,
];
const zeros = '0'.repeat(40);
const pull = { merge_commit_sha: merge, head: { sha: head }, base: { sha: base } };
const repository = { default_branch: 'main' };

interface Row {
  readonly name: string;
  readonly event?: string;
  readonly sha?: string;
  readonly commit?: string;
  readonly payload?: object;
  readonly env?: Readonly<Record<string, string>>;
  readonly expected: object;
}

test.each<Row>([
  {
    name: 'a pull request: the first parent of the merge commit',
    event: 'pull_request',
    sha: merge,
    payload: { pull_request: pull },
    expected: { kind: 'first-parent', head, otherwise: base },
  },
  {
    name: 'a pull request whose head is checked out: the point where it left its base',
    event: 'pull_request',
    sha: merge,
    commit: head,
    payload: { pull_request: pull },
    expected: { kind: 'fork-point', from: base },
  },
  {
    name: 'pull_request_target with its own commit, which is the base: none',
    event: 'pull_request_target',
    sha: base,
    payload: { pull_request: pull },
    expected: { kind: 'none' },
  },
  {
    name: 'pull_request_target with the head: the point where it left its base',
    event: 'pull_request_target',
    sha: base,
    commit: head,
    payload: { pull_request: pull },
    expected: { kind: 'fork-point', from: base },
  },
  {
    name: 'pull_request_target with the merge commit: its first parent',
    event: 'pull_request_target',
    sha: base,
    commit: merge,
    payload: { pull_request: pull },
    expected: { kind: 'first-parent', head },
  },
  {
    name: 'a merge group: its base, not the default branch',
    event: 'merge_group',
    sha: merge,
    payload: { merge_group: { base_sha: base }, repository },
    expected: { kind: 'commit', commit: base },
  },
  {
    name: 'a merge group without a base: none',
    event: 'merge_group',
    sha: merge,
    payload: { merge_group: {} },
    expected: { kind: 'none' },
  },
  {
    name: 'a push: the commit before it',
    event: 'push',
    sha: head,
    payload: { before, repository },
    env: { GITHUB_REF: 'refs/heads/main', GITHUB_REF_TYPE: 'branch', GITHUB_REF_NAME: 'main' },
    expected: { kind: 'commit', commit: before },
  },
  {
    name: 'a new branch: the point where it left the default branch',
    event: 'push',
    sha: head,
    payload: { before: zeros, repository },
    env: { GITHUB_REF: 'refs/heads/topic', GITHUB_REF_TYPE: 'branch', GITHUB_REF_NAME: 'topic' },
    expected: { kind: 'fork-point', from: 'main' },
  },
  {
    name: 'the first push to the default branch: none',
    event: 'push',
    sha: head,
    payload: { before: zeros, repository },
    env: { GITHUB_REF: 'refs/heads/main', GITHUB_REF_TYPE: 'branch', GITHUB_REF_NAME: 'main' },
    expected: { kind: 'none', why: 'the branch is new' },
  },
  {
    name: 'a tag, new or moved: none',
    event: 'push',
    sha: head,
    payload: { before, repository },
    env: { GITHUB_REF: 'refs/tags/v1', GITHUB_REF_TYPE: 'tag', GITHUB_REF_NAME: 'v1' },
    expected: { kind: 'none', why: 'a git tag is not a change of a branch' },
  },
  {
    name: 'a push in which another commit is checked out: none',
    event: 'push',
    sha: head,
    commit: base,
    payload: { before },
    expected: { kind: 'none' },
  },
  ...['workflow_dispatch', 'schedule', 'release', 'repository_dispatch', 'workflow_run'].map((event) => ({
    name: `${event}: none`,
    event,
    sha: head,
    payload: { before, repository },
    expected: { kind: 'none', why: `the event ${event} does not name a commit to compare with` },
  })),
  { name: 'a run outside of GitHub: none', expected: { kind: 'none' } },
])('the base of $name', ({ event, sha = head, commit = sha, payload, env, expected }) => {
  const known = event === undefined ? {} : { GITHUB_EVENT_NAME: event, GITHUB_SHA: sha, ...env };
  expect(baseCommit(known, payload, { commit })).toMatchObject(expected);
});

test('there is no base without a checkout', () => {
  expect(baseCommit({ GITHUB_EVENT_NAME: 'push' }, { before }, undefined)).toMatchObject({ kind: 'none' });
});

const gitlab = {
  GITLAB_CI: 'true',
  CI_COMMIT_SHA: head,
  CI_DEFAULT_BRANCH: 'main',
  CI_PIPELINE_SOURCE: 'push',
};
const topic = { ...gitlab, CI_COMMIT_BRANCH: 'topic' };
const codebuild = {
  CODEBUILD_BUILD_ID: 'payroll:1',
  CODEBUILD_RESOLVED_SOURCE_VERSION: head,
  CODEBUILD_WEBHOOK_EVENT: 'PUSH',
  CODEBUILD_WEBHOOK_HEAD_REF: 'refs/heads/main',
  CODEBUILD_WEBHOOK_BASE_REF: '',
};
const jenkins = { JENKINS_URL: 'https://jenkins.acme.test/', GIT_COMMIT: head };

test.each<{
  readonly name: string;
  readonly env: Readonly<Record<string, string>>;
  readonly commit?: string;
  readonly expected: object;
}>([
  {
    name: 'a push in GitLab: the commit before it',
    env: { ...topic, CI_COMMIT_BEFORE_SHA: before },
    expected: { kind: 'commit', commit: before },
  },
  {
    name: 'a new branch in GitLab: the point where it left the default branch',
    env: { ...topic, CI_COMMIT_BEFORE_SHA: zeros },
    expected: { kind: 'fork-point', from: 'main' },
  },
  {
    name: 'the first push to the default branch in GitLab: none',
    env: { ...gitlab, CI_COMMIT_BRANCH: 'main', CI_COMMIT_BEFORE_SHA: zeros },
    expected: { kind: 'none', why: 'the branch is new' },
  },
  {
    name: 'a pipeline that a person started in GitLab: none',
    env: { ...topic, CI_PIPELINE_SOURCE: 'web', CI_COMMIT_BEFORE_SHA: zeros },
    expected: { kind: 'none', why: 'a pipeline of the source web names no commit to compare with' },
  },
  {
    name: 'a tag in GitLab: none',
    env: { ...gitlab, CI_COMMIT_TAG: 'v1', CI_COMMIT_BEFORE_SHA: before },
    expected: { kind: 'none', why: 'a git tag is not a change of a branch' },
  },
  {
    name: 'a merge request in GitLab: the point where it left its target',
    env: { ...gitlab, CI_COMMIT_BEFORE_SHA: zeros, CI_MERGE_REQUEST_DIFF_BASE_SHA: base },
    expected: { kind: 'fork-point', from: base },
  },
  {
    name: 'a pipeline for merged results in GitLab: the first parent of the merge commit',
    env: {
      ...gitlab,
      CI_COMMIT_SHA: merge,
      CI_MERGE_REQUEST_SOURCE_BRANCH_SHA: head,
      CI_MERGE_REQUEST_TARGET_BRANCH_SHA: base,
      CI_MERGE_REQUEST_DIFF_BASE_SHA: before,
    },
    commit: merge,
    expected: { kind: 'first-parent', head, otherwise: base, change: 'merge request' },
  },
  {
    name: 'a pipeline for merged results in GitLab whose head is checked out: the point where it left its target',
    env: {
      ...gitlab,
      CI_COMMIT_SHA: merge,
      CI_MERGE_REQUEST_SOURCE_BRANCH_SHA: head,
      CI_MERGE_REQUEST_DIFF_BASE_SHA: base,
    },
    expected: { kind: 'fork-point', from: base },
  },
  {
    name: 'a pull request of GitHub in GitLab: the point where it left its target',
    env: { ...topic, CI_COMMIT_BEFORE_SHA: zeros, CI_EXTERNAL_PULL_REQUEST_TARGET_BRANCH_SHA: base },
    expected: { kind: 'fork-point', from: base },
  },
  {
    name: 'a pipeline of GitLab with another commit: none',
    env: { ...topic, CI_COMMIT_BEFORE_SHA: before },
    commit: base,
    expected: { kind: 'none' },
  },
  {
    name: 'a push in CodeBuild: the commit before it',
    env: { ...codebuild, CODEBUILD_WEBHOOK_PREV_COMMIT: before },
    expected: { kind: 'commit', commit: before },
  },
  {
    name: 'a new branch in CodeBuild: none',
    env: { ...codebuild, CODEBUILD_WEBHOOK_PREV_COMMIT: zeros },
    expected: { kind: 'none', why: 'the branch is new' },
  },
  {
    name: 'a tag in CodeBuild: none',
    env: {
      ...codebuild,
      CODEBUILD_WEBHOOK_HEAD_REF: 'refs/tags/v1',
      CODEBUILD_WEBHOOK_PREV_COMMIT: before,
    },
    expected: { kind: 'none', why: 'a git tag is not a change of a branch' },
  },
  ...['PULL_REQUEST_CREATED', 'PULL_REQUEST_UPDATED', 'PULL_REQUEST_REOPENED'].map((event) => ({
    name: `the event ${event} of CodeBuild: the point where it left its base`,
    env: {
      ...codebuild,
      CODEBUILD_WEBHOOK_EVENT: event,
      CODEBUILD_WEBHOOK_BASE_REF: 'refs/heads/release/1.x',
    },
    expected: { kind: 'fork-point', from: 'release/1.x' },
  })),
  {
    name: 'a release in CodeBuild: none',
    env: { ...codebuild, CODEBUILD_WEBHOOK_EVENT: 'RELEASED', CODEBUILD_WEBHOOK_PREV_COMMIT: before },
    expected: { kind: 'none', why: 'the event RELEASED does not name a commit to compare with' },
  },
  {
    name: 'a build of CodePipeline: none',
    env: { CODEBUILD_BUILD_ID: 'payroll:1', CODEBUILD_RESOLVED_SOURCE_VERSION: head },
    expected: { kind: 'none', why: expect.stringContaining('CodePipeline') },
  },
  {
    name: 'a build of CodeBuild with another commit: none',
    env: { ...codebuild, CODEBUILD_WEBHOOK_PREV_COMMIT: before },
    commit: base,
    expected: { kind: 'none' },
  },
  {
    name: 'a branch in Jenkins: the commit of the last successful build, not of the last build',
    env: { ...jenkins, GIT_PREVIOUS_SUCCESSFUL_COMMIT: before, GIT_PREVIOUS_COMMIT: base },
    expected: { kind: 'commit', commit: before },
  },
  ...['', 'null'].map((text) => ({
    name: `the first build of a branch in Jenkins, with the commit ${JSON.stringify(text)}: none`,
    env: { ...jenkins, GIT_PREVIOUS_SUCCESSFUL_COMMIT: text, GIT_PREVIOUS_COMMIT: base },
    expected: { kind: 'none', why: 'no earlier build of this branch succeeded' },
  })),
  {
    name: 'a pull request in Jenkins: the point where it left its target, whatever was built before',
    env: { ...jenkins, CHANGE_TARGET: 'main', GIT_PREVIOUS_SUCCESSFUL_COMMIT: before },
    expected: { kind: 'fork-point', from: 'main' },
  },
  {
    name: 'a tag in Jenkins: none',
    env: { ...jenkins, TAG_NAME: 'v1', GIT_PREVIOUS_SUCCESSFUL_COMMIT: before },
    expected: { kind: 'none' },
  },
  {
    name: 'a build of Jenkins with another commit: none',
    env: { ...jenkins, GIT_PREVIOUS_SUCCESSFUL_COMMIT: before },
    commit: base,
    expected: { kind: 'none' },
  },
])('the base of $name', ({ env, commit = head, expected }) => {
  expect(baseCommit(env, undefined, { commit })).toMatchObject(expected);
});
