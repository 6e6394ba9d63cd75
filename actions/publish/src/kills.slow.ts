import { expect, jest, test } from '@jest/globals';
import { killAtRequest, makeImageSet, temporaryFolder, writeFiles, type Scenario } from '@towpath/testing';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  config,
  expectNothingWrong,
  images,
  publishing,
  standing,
  stride,
  team,
  undisturbed,
} from './harness/publication.ts';

jest.setTimeout(300_000);

// The bundle starts five times as fast as the sources.
const main = fileURLToPath(new URL('../dist/index.js', import.meta.url));

/** Publishes in a separate process, which is killed as soon as its n-th request arrives. */
async function killAt(nth: number, scene: Scenario): Promise<void> {
  const folder = temporaryFolder();
  writeFiles(folder, { 'towpath.yaml': config });
  await makeImageSet(join(folder, 'towpath'), images);
  await killAtRequest(nth, { main, folder, inputs: { version: '1.0.0' } }, scene);
}

test('a kill at any request leaves no wrong tag, and a second run completes the publication', async () => {
  const { requests, end } = await undisturbed();
  for (let nth = 1; nth <= requests; nth += stride) {
    const scene = await team();
    await killAt(nth, scene);
    expectNothingWrong(await standing(scene), end);
    expect([nth, (await publishing(scene)).codes]).toEqual([nth, []]);
    expect(await standing(scene)).toEqual(end);
    await scene.emulator.close();
  }
});
