import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { DeploymentNote, NoteResult } from '@towpath/flow';
import { fakeRuntime } from '@towpath/testing/fake-runtime';
import { startGitHubApi, type GitHubApi } from '@towpath/testing/github-api';
import { openHost } from './code-host.ts';

let api: GitHubApi;

beforeEach(async () => {
  api = await startGitHubApi();
});

afterEach(() => api.close());

const commit = 'c'.repeat(40);
const page = 'https://github.test/acme/shop/actions/runs/1';
const isPost = ({ method, path }: { method: string; path: string }) =>
  method === 'POST' && path.endsWith('/deployments');

function deploy(note: Partial<DeploymentNote> = {}, token = 'job-token'): Promise<NoteResult> {
  const env = { GITHUB_API_URL: api.url, GITHUB_REPOSITORY: 'acme/shop' };
  const whole = { marker: 'prod.7', environment: 'prod', ref: commit, description: 'Promoted 1.4.0', page };
  return openHost(fakeRuntime({ env })).deployment(token, { ...whole, ...note });
}

describe('a deployment', () => {
  test('is created with a successful status, the page of the run and the address of the environment', async () => {
    expect(await deploy({ url: 'https://shop.example' })).toEqual({ kind: 'created', url: page });
    const [deployment] = api.deployments;
    expect(deployment).toMatchObject({ environment: 'prod', ref: commit, task: 'promote' });
    expect(deployment?.statuses).toEqual([
      expect.objectContaining({ state: 'success', log_url: page, environment_url: 'https://shop.example' }),
    ]);
  });

  test('requires no checks of the commit, because the images are in the environment already', async () => {
    await deploy();
    const [created] = api.requests.filter(isPost);
    expect(JSON.parse(created?.body ?? '')).toMatchObject({ auto_merge: false, required_contexts: [] });
  });

  test('is not created twice if the response is lost', async () => {
    api.fail(isPost, { status: 502, isLost: true });
    expect(await deploy()).toMatchObject({ kind: 'updated' });
    expect(api.deployments).toHaveLength(1);
    expect(api.deployments[0]?.statuses).toHaveLength(1);
  });

  test('is created anew for another promotion of the same commit', async () => {
    await deploy();
    await deploy({ marker: 'prod.9' });
    expect(api.deployments).toHaveLength(2);
  });

  test('has a description of at most 140 characters', async () => {
    await deploy({ description: 'x'.repeat(500) });
    expect(api.deployments[0]?.description).toHaveLength(140);
  });

  test('is refused to a token without the permission, which is named', async () => {
    expect(await deploy({}, 'fork-token')).toMatchObject({
      kind: 'refused',
      why: expect.stringContaining('deployments: write') as unknown,
    });
  });

  test('fails for a commit that GitHub does not know', async () => {
    await expect(deploy({ ref: 'gone' })).rejects.toMatchObject({ code: 'outside-failed' });
  });
});
