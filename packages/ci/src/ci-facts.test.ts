import { describe, expect, test } from '@jest/globals';
import { ciFacts } from './ci-facts.ts';

const now = new Date('2026-01-31T23:59:59.900Z');
const commit = 'a'.repeat(40);

const runner = {
  GITHUB_SHA: commit,
  GITHUB_REF: 'refs/heads/main',
  GITHUB_REF_NAME: 'main',
  GITHUB_REF_TYPE: 'branch',
  GITHUB_REPOSITORY: 'acme/payroll',
  GITHUB_RUN_ID: '42',
  GITHUB_RUN_ATTEMPT: '2',
  GITHUB_SERVER_URL: 'https://github.com',
};

describe('the facts of a run', () => {
  test('on GitHub are complete', () => {
    expect(ciFacts({ env: runner, event: { ref: 'refs/heads/main' }, now })).toEqual({
      repository: 'acme/payroll',
      repositoryUrl: 'https://github.com/acme/payroll',
      revision: commit,
      ref: 'refs/heads/main',
      fromFork: false,
      run: 'https://github.com/acme/payroll/actions/runs/42',
      facts: {
        sha: commit,
        branch: 'main',
        'run-id': '42',
        'run-attempt': '2',
        'build-id': '42-2',
        timestamp: '1769903999',
        date: '20260131',
      },
    });
  });

  test.each([
    { name: 'no event', event: undefined },
    { name: 'an empty event', event: null },
    { name: 'an event that is not an object', event: 'push' },
    { name: 'an event without a pull request', event: { pull_request: null } },
    { name: 'a trigger that is null', event: { workflow_run: null } },
  ])('with $name come from the runner', ({ event }) => {
    expect(ciFacts({ env: runner, event, now }).facts).toMatchObject({ sha: commit, branch: 'main' });
  });

  test('elsewhere are the time and the commit of a clone', () => {
    const time = { timestamp: '1769903999', date: '20260131' };
    expect(ciFacts({ env: {}, event: undefined, now })).toEqual({ fromFork: false, facts: time });
    expect(ciFacts({ env: {}, event: undefined, checkout: { commit, branch: 'main' }, now })).toEqual({
      fromFork: false,
      revision: commit,
      ref: 'refs/heads/main',
      facts: { ...time, sha: commit, branch: 'main' },
    });
  });

  test('have no commit if git has none', () => {
    const env = { ...runner, GITHUB_SHA: '0'.repeat(40) };
    expect(ciFacts({ env, event: {}, now }).facts.sha).toBeUndefined();
  });

  test.each(['CODEPIPELINE_EXECUTION_ID', 'DESTINATION_TAG'])('have the execution from %s', (name) => {
    expect(ciFacts({ env: { [name]: 'f6a2' }, event: undefined, now }).facts['execution-id']).toBe('f6a2');
    expect(ciFacts({ env: { [name]: '' }, event: undefined, now }).facts['execution-id']).toBeUndefined();
  });

  test('on a CodeBuild-hosted GitHub runner come from GitHub', () => {
    const env = { ...runner, CODEBUILD_BUILD_ID: 'runner:b2c3' };
    expect(ciFacts({ env, event: {}, now }).facts['build-id']).toBe('42-2');
  });

  test.each(['GITHUB_SERVER_URL', 'GITHUB_REPOSITORY', 'GITHUB_RUN_ID'])(
    'have no URL of the run without %s',
    (name) => {
      expect(ciFacts({ env: { ...runner, [name]: undefined }, event: {}, now }).run).toBeUndefined();
    },
  );
});
