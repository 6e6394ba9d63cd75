import { describe, expect, test } from '@jest/globals';
import { ciFacts } from './ci-facts.ts';

const now = new Date('2026-01-31T23:59:59.900Z');
const merge = 'a'.repeat(40);
const head = 'b'.repeat(40);

const runner = {
  GITHUB_SHA: merge,
  GITHUB_REF: 'refs/heads/main',
  GITHUB_REF_NAME: 'main',
  GITHUB_REF_TYPE: 'branch',
  GITHUB_REPOSITORY: 'acme/payroll',
  GITHUB_RUN_ID: '42',
  GITHUB_RUN_ATTEMPT: '2',
  GITHUB_SERVER_URL: 'https://github.com',
};
const pullRequest = { number: 7, head: { sha: head, ref: 'feature/x' } };
const onPullRequest = { ...runner, GITHUB_REF: 'refs/pull/7/merge', GITHUB_REF_NAME: '7/merge' };

describe('the facts of a run', () => {
  test('on a branch', () => {
    expect(ciFacts(runner, { ref: 'refs/heads/main' }, now)).toEqual({
      repository: 'acme/payroll',
      revision: merge,
      ref: 'refs/heads/main',
      fromFork: false,
      run: 'https://github.com/acme/payroll/actions/runs/42',
      facts: {
        sha: merge,
        branch: 'main',
        'run-id': '42',
        'run-attempt': '2',
        timestamp: '1769903999',
        date: '20260131',
      },
    });
  });

  test('on a pull request are the head’s, while the revision is what was checked out', () => {
    const { revision, facts } = ciFacts(onPullRequest, { pull_request: pullRequest }, now);
    expect(revision).toBe(merge);
    expect(facts).toMatchObject({ sha: head, branch: 'feature/x', pr: '7' });
  });

  test.each([
    { name: 'of the repository itself', repo: { full_name: 'acme/payroll' }, fromFork: false },
    { name: 'of a fork', repo: { full_name: 'somebody/payroll' }, fromFork: true },
    { name: 'of a fork that was deleted since', repo: null, fromFork: true },
  ])('say of a pull request $name that it is', ({ repo, fromFork }) => {
    const event = { pull_request: { head: { repo } } };
    expect(ciFacts(onPullRequest, event, now).fromFork).toBe(fromFork);
  });

  test('on a tag have no branch', () => {
    const onTag = { ...runner, GITHUB_REF: 'refs/tags/v1', GITHUB_REF_NAME: 'v1', GITHUB_REF_TYPE: 'tag' };
    expect(ciFacts(onTag, {}, now).facts).toMatchObject({ sha: merge, branch: undefined, pr: undefined });
  });

  test('in a merge group are the group’s', () => {
    const name = 'gh-readonly-queue/main/pr-7-0123456';
    const event = { merge_group: { head_sha: merge } };
    expect(ciFacts({ ...runner, GITHUB_REF_NAME: name }, event, now).facts).toMatchObject({
      sha: merge,
      branch: name,
    });
  });

  test.each([
    { name: 'no event', event: undefined },
    { name: 'an empty event', event: null },
    { name: 'an event that is no object', event: 'push' },
    { name: 'an event without a pull request', event: { pull_request: null } },
    { name: 'a pull request whose branch is gone', event: { pull_request: { head: null } } },
  ])('with $name are the runner’s', ({ event }) => {
    expect(ciFacts(runner, event, now).facts).toMatchObject({ sha: merge, branch: 'main', pr: undefined });
  });

  test('elsewhere are the time alone', () => {
    expect(ciFacts({}, undefined, now)).toEqual({
      fromFork: false,
      facts: { timestamp: '1769903999', date: '20260131' },
    });
  });

  test.each(['GITHUB_SERVER_URL', 'GITHUB_REPOSITORY', 'GITHUB_RUN_ID'])(
    'have no page without %s',
    (name) => {
      expect(ciFacts({ ...runner, [name]: undefined }, {}, now).run).toBeUndefined();
    },
  );
});
