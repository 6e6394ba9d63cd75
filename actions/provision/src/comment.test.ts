import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { githubHost } from '@towpath/github';
import { startGitHubApi, temporaryFolder, writeFiles, type Ending, type GitHubApi } from '@towpath/testing';
import { join } from 'node:path';
import { provisioning, scenario, type Scenario } from './harness/team.ts';

// The API is a stand-in over real HTTP: see packages/testing/src/github-api.ts.
let api: GitHubApi;

beforeEach(async () => {
  api = await startGitHubApi();
});

afterEach(() => api.close());

/** Plans in a run of a pull request. */
async function planning(scene: Scenario, settings: string, given: object = {}): Promise<Ending> {
  const folder = temporaryFolder();
  writeFiles(folder, { 'event.json': JSON.stringify({ pull_request: { number: 7 } }) });
  const env = {
    GITHUB_API_URL: api.url,
    GITHUB_REPOSITORY: 'acme/shop',
    GITHUB_EVENT_PATH: join(folder, 'event.json'),
    GITHUB_WORKFLOW: 'Provision',
    GITHUB_JOB: 'plan',
  };
  return provisioning(scene, settings, {
    given: { mode: 'plan', comment: 'true', token: 'job-token', ...given },
    env,
    codeHost: githubHost,
  });
}

test('the plan is one comment on the pull request, which the next run replaces', async () => {
  const scene = await scenario();
  expect((await planning(scene, 'repositories: { tags: { team: "<b>@acme</b>" } }')).green).toBe(true);
  expect(api.comments).toHaveLength(1);
  expect(api.comments[0]?.body).toContain('### Plan\\: 2 repositories to change');
  await provisioning(scene, 'repositories: { tags: { team: x } }');
  await planning(scene, 'repositories: { tags: { team: "<b>@acme</b> | x" } }');
  expect(api.comments).toHaveLength(1);
  expect(api.comments[0]?.body).toContain('### Plan\\: 1 repository to change');
  expect(api.comments[0]?.body).not.toMatch(/<b>|@acme/);
});

test('a token that may not write leaves a notice, and the plan is green', async () => {
  const ending = await planning(await scenario(), '', { token: 'fork-token' });
  expect(ending.green).toBe(true);
  expect(ending.annotations).toContainEqual({
    level: 'notice',
    message: expect.stringContaining('Grant the job pull-requests: write') as object,
  });
});

test('there is no comment without the input', async () => {
  await planning(await scenario(), '', { comment: 'false' });
  expect(api.requests).toEqual([]);
});
