import { describe, expect, jest, test } from '@jest/globals';
import { killAtRequest, temporaryFolder, writeFiles, type Scenario } from '@towpath/testing';
import { fileURLToPath } from 'node:url';
import {
  change as changeAgain,
  changes,
  expectEnd,
  expectNothingWrong,
  isComplete,
  standing,
  stride,
  undisturbed,
  type Change,
} from './harness/faults.ts';
import { config, run } from './harness/team.ts';

jest.setTimeout(isComplete ? 3_600_000 : 900_000);

// The bundle starts five times as fast as the sources.
const main = fileURLToPath(new URL('../dist/index.js', import.meta.url));

/** Changes the environment in a separate process, which is killed as soon as its n-th request arrives. */
async function killAt(nth: number, { given }: Change, scene: Scenario): Promise<void> {
  const folder = temporaryFolder();
  writeFiles(folder, { 'towpath.yaml': config });
  const inputs = { 'target-environment': 'dev', images: 'any', ...given };
  await killAtRequest(nth, { main, folder, inputs, env: run(5) }, scene);
}

describe.each(changes)('$name', (change) => {
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
