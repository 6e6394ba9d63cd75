import { describe, expect, jest, test } from '@jest/globals';
import { killAtRequest, temporaryFolder, writeFiles, type Scenario } from '@towpath/testing';
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
async function killAt(nth: number, { given }: Change, scene: Scenario): Promise<void> {
  const folder = temporaryFolder();
  writeFiles(folder, { 'towpath.yaml': config });
  const inputs = { 'target-environment': 'dev', images: 'any', ...given };
  await killAtRequest(nth, { main, folder, inputs, env: run(5) }, scene);
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
