import { expect, test } from '@jest/globals';
import type { Ending, Scenario } from '@towpath/testing';
import { entries, names, problems, promoteThrough, promoting, publish, run, team } from './harness/team.ts';

const failure = {
  kind: 'exception',
  exception: 'InvalidParameterException',
  operation: 'ecr:PutImage',
} as const;

/** Promotes 1.1.0 to dev, and fails at the n-th write and at all later ones. */
async function failAt(nth: number, scene: Scenario): Promise<Ending> {
  await publish(scene, '1.0.0', '1.1.0', '1.2.0');
  await promoteThrough(scene, '1.0.0', 'dev');
  scene.emulator.addFault({ ...failure, nth, times: 0 });
  const ending = await promoting(scene, 'dev', { version: '1.1.0' }, { env: run(1) });
  scene.emulator.clearFaults();
  return ending;
}

/** Returns the version of each image in the newest entry, and the version that the moving tag names. */
async function versions(scene: Scenario): Promise<readonly (readonly unknown[])[]> {
  const [newest] = await entries(scene, 'dev');
  const found = names.map(async (name) => {
    const image = newest?.images.find((one) => one.name === name);
    const digest = await scene.shared.digestOf(`payroll/${name}`, 'dev');
    return [name, image?.version, digest === image?.digest ? 'as recorded' : digest];
  });
  return Promise.all(found);
}

/** The version tags of both images, the entry, and the moving tags of both. The last one is never written. */
const writes = [1, 2, 3, 4, 5, 6];

test.each(writes)(
  'a promotion of one image after one that stopped at write %i leaves tags and entry in agreement',
  async (nth) => {
    const scene = await team();
    const stopped = await failAt(nth, scene);
    expect(stopped.green).toBe(nth === writes.length);
    const isRecorded = (await entries(scene, 'dev')).length === 2;
    const given = { version: '1.2.0', only: 'web' };
    const dry = await promoting(scene, 'dev', { ...given, 'dry-run': 'true' });
    const isStale = (await versions(scene))[0]?.[2] !== 'as recorded';
    expect(dry.lines.join('\n').includes('an earlier run did not set the tag')).toBe(isStale);
    expect([nth, isStale]).toEqual([nth, nth === 4 || (isStale && nth === 5)]);
    expect((await promoting(scene, 'dev', given, { env: run(2) })).codes).toEqual([]);
    expect(await versions(scene)).toEqual([
      ['backend', isRecorded ? '1.1.0' : '1.0.0', 'as recorded'],
      ['web', '1.2.0', 'as recorded'],
    ]);
  },
  60_000,
);

test('nothing is promoted from an environment whose first promotion stopped before its entry, until it is repeated', async () => {
  const scene = await team();
  await publish(scene, '1.0.0');
  scene.emulator.addFault({ ...failure, nth: names.length + 1, times: 0 });
  expect((await promoting(scene, 'dev', { version: '1.0.0' })).green).toBe(false);
  scene.emulator.clearFaults();
  expect(await scene.shared.tags('payroll/web')).toContain('dev-1.0.0');
  expect(await entries(scene, 'dev')).toEqual([]);

  const refused = await promoting(scene, 'test', { version: '1.0.0' });
  expect(refused.codes).toEqual(names.map(() => 'image-missing'));
  expect(problems(refused)[0]).toMatch(/no entry of dev.*Promote this version to dev first/);
  await promoteThrough(scene, '1.0.0', 'dev', 'test');
});

test('a version without a release is promoted by tags from an environment without entries, with only', async () => {
  const scene = await team();
  await scene.publish('payroll/web', 'dev-0.9.0', { name: 'web', platforms: ['linux/amd64', 'linux/arm64'] });
  const { codes, outputs } = await promoting(scene, 'test', { version: '0.9.0', only: 'web' });
  expect([codes, outputs.entry]).toEqual([[], 'test.1']);
});

test('an adoption after a first promotion that stopped before its entry sets the moving tags of the images that stay', async () => {
  const scene = await team();
  await publish(scene, '1.0.0', '1.1.0');
  scene.emulator.addFault({ ...failure, nth: names.length + 1, times: 0 });
  await promoting(scene, 'dev', { version: '1.0.0' });
  scene.emulator.clearFaults();
  expect((await promoting(scene, 'dev', { version: '1.1.0', only: 'web' })).codes).toEqual([]);
  expect(await versions(scene)).toEqual([
    ['backend', '1.0.0', 'as recorded'],
    ['web', '1.1.0', 'as recorded'],
  ]);
});
