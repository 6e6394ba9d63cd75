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
    expected: { kind: 'none', why: 'a git tag stands for the whole repository, not for a change' },
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
