import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { IssueNote, NoteResult } from '@towpath/flow';
import { fakeRuntime, type FakeRuntime } from '@towpath/testing/fake-runtime';
import { startGitHubApi, type GitHubApi } from '@towpath/testing/github-api';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openHost } from './code-host.ts';

// The API is a stand-in over real HTTP: see packages/testing/src/github-api.ts.
let api: GitHubApi;
let runtime: FakeRuntime;

beforeEach(async () => {
  api = await startGitHubApi();
  runtime = runOf({ pull_request: { number: 7 } });
});

afterEach(() => api.close());

function runOf(event: object, env: Readonly<Record<string, string>> = {}): FakeRuntime {
  const made = fakeRuntime();
  const path = join(made.temp, 'event.json');
  writeFileSync(path, JSON.stringify(event));
  return fakeRuntime({
    env: { GITHUB_API_URL: api.url, GITHUB_REPOSITORY: 'acme/shop', GITHUB_EVENT_PATH: path, ...env },
  });
}

const marker = 'towpath:scan-gate:0123abcd';

/** The marker with the hash of an empty workflow and job. */
const marked = `${marker}:${createHash('sha256').update('["",""]').digest('hex').slice(0, 12)}`;

function comment(body: string, token = 'job-token'): Promise<NoteResult> {
  return openHost(runtime).comment(token, { marker, body });
}

function issue(note: Partial<IssueNote> = {}, token = 'job-token'): Promise<NoteResult> {
  const whole = {
    marker,
    title: 'The gate fails',
    body: 'text',
    isResolved: false,
    entries: ['CVE-1'],
    ...note,
  };
  return openHost(runtime).issue(token, whole);
}

const writes = () => api.requests.filter(({ method, path }) => method !== 'GET' && path !== '/graphql');
const isPost = ({ method, path }: { method: string; path: string }) =>
  method === 'POST' && path.endsWith('/comments');

describe('the comment on a pull request', () => {
  test('is written once, then replaced, and left alone if nothing changed', async () => {
    expect(await comment('one')).toMatchObject({
      kind: 'created',
      url: expect.stringContaining('github.test') as unknown,
    });
    expect(await comment('two')).toMatchObject({ kind: 'updated' });
    expect(await comment('two')).toEqual({ kind: 'unchanged' });
    expect(api.comments.map(({ body }) => body)).toEqual([`<!-- ${marked}  -->\ntwo`]);
    expect(writes().map(({ method }) => method)).toEqual(['POST', 'PATCH']);
  });

  test('is found behind 250 other comments', async () => {
    for (let count = 0; count < 250; count += 1) api.add('comments', { body: `comment ${count}` });
    await comment('one');
    for (let count = 0; count < 50; count += 1) api.add('comments', { body: `comment ${count}` });
    expect(await comment('two')).toMatchObject({ kind: 'updated' });
    expect(api.comments).toHaveLength(301);
  });

  test('never replaces a comment of another author with the same marker', async () => {
    const body = `<!-- ${marked}  -->\nnot ours`;
    api.add('comments', { login: 'octocat', body });
    api.add('comments', { login: 'other-app[bot]', body });
    await comment('ours', 'app-token');
    expect(await comment('ours again', 'app-token')).toMatchObject({ kind: 'updated' });
    expect(api.comments.map(({ login, body: shown }) => [login, shown.split('\n')[1]])).toEqual([
      ['octocat', 'not ours'],
      ['other-app[bot]', 'not ours'],
      ['towpath-app[bot]', 'ours again'],
    ]);
  });

  test('of another configuration has another marker and is not replaced', async () => {
    await comment('one');
    await openHost(runtime).comment('job-token', { marker: 'towpath:scan-gate:other', body: 'two' });
    expect(api.comments).toHaveLength(2);
  });

  test('of another job or workflow is not replaced', async () => {
    await comment('one');
    for (const variable of ['GITHUB_JOB', 'GITHUB_WORKFLOW']) {
      runtime = runOf({ pull_request: { number: 7 } }, { [variable]: 'other' });
      expect(await comment('two')).toMatchObject({ kind: 'created' });
      expect(await comment('three')).toMatchObject({ kind: 'updated' });
    }
    expect(api.comments).toHaveLength(3);
  });

  test('has the author github-actions if the login cannot be read', async () => {
    await comment('one');
    api.fail(({ path }) => path === '/graphql', { status: 403 });
    expect(await comment('two')).toMatchObject({ kind: 'updated' });
  });

  test('is cut at 65,536 characters, with its blocks closed', async () => {
    await comment(`<details><summary>All</summary>\n\n${'- a finding\n'.repeat(10_000)}</details>`);
    const { body = '' } = api.comments[0] ?? {};
    expect(body.length).toBeLessThanOrEqual(65_536);
    expect(body).toMatch(/<\/details>\n\n_The rest is in the summary of the run\._$/);
  });

  test('is refused with the permission to grant, if the token may only read', async () => {
    expect(await comment('one', 'fork-token')).toEqual({
      kind: 'refused',
      why: expect.stringMatching(
        /Resource not accessible by integration.*Grant the job pull-requests: write/,
      ) as unknown,
    });
    expect(writes()).toHaveLength(1);
  });

  test.each([401, 404, 410])('is refused if GitHub answers %d', async (status) => {
    api.fail(() => true, { status });
    expect(await comment('one')).toMatchObject({ kind: 'refused' });
  });

  test('is refused without a request if the run has no pull request', async () => {
    runtime = runOf({ issue: { number: 7 } });
    expect(await comment('one')).toMatchObject({
      kind: 'refused',
      why: 'The run does not belong to a pull request.',
    });
    expect(api.requests).toEqual([]);
  });

  test('belongs to the pull request of a comment event', async () => {
    runtime = runOf({ issue: { number: 7, pull_request: {} } });
    expect(await comment('one')).toMatchObject({ kind: 'created' });
  });
});

describe('a failure of GitHub', () => {
  test('is an error with the call and the request id, if the body is invalid', async () => {
    api.fail(isPost, { status: 422, body: { message: 'Validation Failed' } });
    await expect(comment('one')).rejects.toMatchObject({
      code: 'outside-failed',
      message: expect.stringContaining('Validation Failed') as unknown,
      operation: 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments',
      requestId: 'AB:12',
    });
  });

  test('is tried again after a server error and after a lost response, without a second comment', async () => {
    api.fail(() => true, { status: 502 });
    api.fail(isPost, { status: 200, isLost: true });
    expect(await comment('one')).toEqual({ kind: 'unchanged' });
    expect(api.comments).toHaveLength(1);
  });

  test('ends after three attempts', async () => {
    for (let count = 0; count < 5; count += 1) api.fail(({ method }) => method === 'GET', { status: 500 });
    await expect(comment('one')).rejects.toMatchObject({ code: 'outside-failed' });
    expect(api.requests).toHaveLength(3);
  });

  test.each([
    ['Retry-After', 403, { 'retry-after': '20' }, 20_000],
    [
      'a reset time',
      403,
      { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(Date.UTC(2026, 0, 31, 12) / 1000 + 30) },
      30_000,
    ],
    ['no time', 429, {}, 60_000],
  ])('with a rate limit and %s is waited for', async (_, status, headers, pause) => {
    const before = runtime.clock.now().getTime();
    api.fail(isPost, { status, headers });
    expect(await comment('one')).toMatchObject({ kind: 'created' });
    expect(runtime.clock.now().getTime() - before).toBe(pause + 1_000);
  });

  test('with a rate limit of an hour is not waited for', async () => {
    api.fail(isPost, { status: 403, headers: { 'retry-after': '3600' } });
    await expect(comment('one')).rejects.toMatchObject({ status: 403 });
  });

  test('a redirect on the same host is followed with the same method', async () => {
    api.fail(isPost, { status: 307, headers: { location: '/repos/acme/shop/issues/7/comments' } });
    expect(await comment('one')).toMatchObject({ kind: 'created' });
    expect(api.comments).toHaveLength(1);
  });

  test('a redirect to another host does not get the token', async () => {
    const other = await startGitHubApi();
    for (let count = 0; count < 3; count += 1)
      api.fail(isPost, {
        status: 307,
        headers: { location: `${other.url}/repos/acme/shop/issues/7/comments` },
      });
    await expect(comment('one')).rejects.toThrow('does not get the token');
    expect(other.requests).toEqual([]);
    await other.close();
  });
});

test('the token is masked', async () => {
  await comment('one');
  expect(runtime.masks).toContain('job-token');
});

describe('the issue', () => {
  test('is opened once, then updated, then closed', async () => {
    expect(await issue()).toMatchObject({ kind: 'created' });
    expect(await issue()).toEqual({ kind: 'unchanged' });
    expect(await issue({ body: 'other' })).toMatchObject({ kind: 'updated' });
    expect(await issue({ isResolved: true, body: 'passes', entries: [] })).toMatchObject({ kind: 'closed' });
    expect(api.issues).toMatchObject([{ title: 'The gate fails', state: 'closed', labels: ['towpath'] }]);
    expect(api.comments).toEqual([]);
  });

  test('gets a comment if it has new entries, and none if entries are gone', async () => {
    await issue({ entries: ['CVE-1', 'CVE-2'] });
    await issue({ body: 'less', entries: ['CVE-1'] });
    expect(api.comments).toEqual([]);
    await issue({ body: 'more', entries: ['CVE-1', 'web: `CVE-3` @everybody'] });
    expect(api.comments.map(({ body }) => body)).toEqual(['New:\n\n- `web: CVE-3 @everybody`']);
  });

  test('is not opened if there is nothing to report', async () => {
    expect(await issue({ isResolved: true })).toEqual({ kind: 'unchanged' });
    expect(api.issues).toEqual([]);
  });

  test('is opened again after it was closed', async () => {
    await issue();
    await issue({ isResolved: true });
    expect(await issue()).toMatchObject({ kind: 'created' });
  });

  test('of another author and pull requests with the marker are left alone', async () => {
    const body = `<!-- ${marked}  -->\nnot ours`;
    api.add('issues', { login: 'octocat', body, labels: ['towpath'] });
    api.add('issues', { login: 'github-actions[bot]', body, labels: ['towpath'], isPull: true });
    expect(await issue()).toMatchObject({ kind: 'created' });
    expect(api.issues.slice(0, 2).map((one) => one.body)).toEqual([body, body]);
  });

  test('is refused with the permission to grant', async () => {
    expect(await issue({}, 'fork-token')).toMatchObject({
      kind: 'refused',
      why: expect.stringContaining('issues: write') as unknown,
    });
  });
});
