import { describe, expect, jest, test } from '@jest/globals';
import { makeImageSet, temporaryFolder, writeFiles, type Scenario } from '@towpath/testing';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import {
  config,
  expectNothingWrong,
  images,
  kinds,
  publishing,
  publishThrough,
  standing,
  team,
  undisturbed,
} from './harness/publication.ts';

jest.setTimeout(300_000);

describe.each(kinds)('$name', (kind) => {
  test('leaves no wrong tag at any request, and a second run completes the publication', async () => {
    const { requests, end } = await undisturbed();
    for (let nth = 1; nth <= requests; nth += 1) await publishThrough(kind, nth, end);
  });
});

const main = fileURLToPath(new URL('./main.ts', import.meta.url));

/** Publishes in a separate process, which is killed as soon as its n-th request arrives. */
async function killAt(nth: number, { emulator, shared }: Scenario): Promise<void> {
  const folder = temporaryFolder();
  writeFiles(folder, { 'towpath.yaml': config, output: '', summary: '' });
  await makeImageSet(join(folder, 'towpath'), images);
  emulator.clearRequests();
  emulator.addFault({ kind: 'stall', nth });
  const child = spawn(process.execPath, [main], {
    env: {
      ...process.env,
      ...shared.credentials,
      AWS_ENDPOINT_URL: emulator.api,
      TOWPATH_REGISTRY_ENDPOINTS: JSON.stringify({
        [shared.host]: emulator.registryUrl(shared.id, 'us-east-1'),
      }),
      INPUT_VERSION: '1.0.0',
      GITHUB_WORKSPACE: folder,
      RUNNER_TEMP: folder,
      GITHUB_OUTPUT: join(folder, 'output'),
      GITHUB_STEP_SUMMARY: join(folder, 'summary'),
    },
    stdio: 'ignore',
  });
  const closed = once(child, 'close');
  while (emulator.requests.length < nth && child.exitCode === null) await setTimeout(5);
  child.kill('SIGKILL');
  expect(await closed).toEqual([null, 'SIGKILL']);
  emulator.clearFaults();
}

test('a kill at any request leaves no wrong tag, and a second run completes the publication', async () => {
  const { requests, end } = await undisturbed();
  for (let nth = 1; nth <= requests; nth += 1) {
    const scene = await team();
    await killAt(nth, scene);
    expectNothingWrong(await standing(scene), end);
    expect([nth, (await publishing(scene)).codes]).toEqual([nth, []]);
    expect(await standing(scene)).toEqual(end);
    await scene.emulator.close();
  }
});
