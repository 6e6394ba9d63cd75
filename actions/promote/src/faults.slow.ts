import { describe, expect, jest, test } from '@jest/globals';
import { temporaryFolder, writeFiles, type Scenario } from '@towpath/testing';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import {
  change as changeAgain,
  changes,
  changeThrough,
  expectEnd,
  expectNothingWrong,
  kinds,
  standing,
  undisturbed,
  type Change,
} from './harness/faults.ts';
import { config, run } from './harness/team.ts';

/**
 * Every kind of fault at every request takes an hour. `TOWPATH_FAULTS=all` requests it. Otherwise each test takes every
 * fifth request, and another kind of fault each time.
 */
const isComplete = process.env.TOWPATH_FAULTS === 'all';
const stride = isComplete ? 1 : 5;

jest.setTimeout(isComplete ? 3_600_000 : 900_000);

const main = fileURLToPath(new URL('./main.ts', import.meta.url));

/** Changes the environment in a separate process, which is killed as soon as its n-th request arrives. */
async function killAt(nth: number, { given }: Change, { emulator, shared }: Scenario): Promise<void> {
  const folder = temporaryFolder();
  writeFiles(folder, { 'towpath.yaml': config, output: '', summary: '' });
  emulator.clearRequests();
  emulator.addFault({ kind: 'stall', nth });
  const inputs = Object.entries({ 'target-environment': 'dev', images: 'any', ...given }).map(
    ([name, value]) => [`INPUT_${name.toUpperCase()}`, value],
  );
  const child = spawn(process.execPath, [main], {
    env: {
      ...process.env,
      ...shared.credentials,
      ...run(5),
      ...(Object.fromEntries(inputs) as Record<string, string>),
      AWS_ENDPOINT_URL: emulator.api,
      TOWPATH_REGISTRY_ENDPOINTS: JSON.stringify({
        [shared.host]: emulator.registryUrl(shared.id, 'us-east-1'),
      }),
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

describe.each(changes)('$name', (change) => {
  test('with a fault at any request leaves nothing half visible, and a second run completes it', async () => {
    const { requests, end } = await undisturbed(change);
    for (let nth = 1; nth <= requests; nth += stride)
      for (const [index, kind] of kinds.entries())
        if (isComplete || index === nth % kinds.length) await changeThrough(change, kind, nth, end);
  });

  test('that is killed at any request leaves nothing half visible, and a second run completes it', async () => {
    const { requests, end } = await undisturbed(change);
    for (let nth = 1; nth <= requests; nth += stride) {
      const scene = await change.prepare();
      const before = await standing(scene);
      await killAt(nth, change, scene);
      await expectNothingWrong(scene, before, end);
      expect([nth, (await changeAgain(scene, change)).codes]).toEqual([nth, []]);
      await expectEnd(scene, end);
      await scene.emulator.close();
    }
  });
});
