import { expect, test } from '@jest/globals';
import { startGitHubApi } from '@towpath/testing/github-api';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { begin, green } from './scene.ts';

// The API is a stand-in over real HTTP: see packages/testing/src/github-api.ts.
test('the bundle of scan-gate writes its files and replaces its comment on the pull request', async () => {
  const api = await startGitHubApi();
  const { step, temp, checkout } = await begin();
  green(await step('build', { only: 'web' }));
  green(await step('publish', { version: '1.0.0', only: 'web' }));
  const event = join(temp, 'event.json');
  await writeFile(event, '{"pull_request":{"number":7}}');
  const env = { GITHUB_API_URL: api.url, GITHUB_REPOSITORY: 'acme/shop', GITHUB_EVENT_PATH: event };
  const inputs = {
    version: '1.0.0',
    only: 'web',
    comment: 'true',
    'sarif-out': 'gate.sarif',
    'report-out': 'gate.json',
  };
  const first = green(await step('scan-gate', { ...inputs, token: 'job-token' }, { env }));
  const second = green(
    await step('scan-gate', { ...inputs, token: 'job-token', 'report-only': 'true' }, { env }),
  );
  const fork = green(await step('scan-gate', { ...inputs, token: 'fork-token' }, { env }));
  await api.close();
  expect(first.outputs).toMatchObject({ verdict: 'pass', sarif: 'gate.sarif', report: 'gate.json' });
  expect(first.masks).toContain('job-token');
  expect(second.log).toContain('The comment is updated');
  expect(api.comments).toHaveLength(1);
  expect(api.comments[0]?.body).toContain('Gate passed');
  expect(fork.annotations.map(({ level }) => level)).toEqual(['notice']);
  expect(JSON.parse(await readFile(join(checkout.folder, 'gate.sarif'), 'utf8'))).toMatchObject({
    version: '2.1.0',
  });
});
