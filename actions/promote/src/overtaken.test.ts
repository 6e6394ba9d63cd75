import { expect, test } from '@jest/globals';
import { promote } from './action.ts';
import { config, entries, names, promoteThrough, promoting, publish, run, team } from './harness/team.ts';

const failure = { kind: 'exception', exception: 'InvalidParameterException' } as const;

test('a run never moves tags away from the newer entry of another run, wherever it fails', async () => {
  const scene = await team();
  await publish(scene, '1.0.0', '1.1.0', '1.2.0');
  await promoteThrough(scene, '1.0.0', 'dev');
  // The tags with the version and the entry are written. No moving tag is set.
  scene.emulator.addFault({ ...failure, operation: 'ecr:PutImage', nth: names.length + 2, times: 0 });
  const half = await promoting(scene, 'dev', { version: '1.1.0' }, { env: run(1) });
  scene.emulator.clearFaults();
  expect(half.codes).toEqual(['outside-failed']);
  expect((await entries(scene, 'dev')).map(({ version }) => version)).toEqual(['1.1.0', '1.0.0']);

  const seen: (string | undefined)[] = [];
  const again: typeof promote = {
    ...promote,
    execute: async (...given) => {
      await promoteThrough(scene, '1.2.0', 'dev');
      for (let nth = 1; ; nth += 1) {
        scene.emulator.addFault({ ...failure, nth, times: 0 });
        const [result] = await Promise.allSettled([promote.execute(...given)]);
        scene.emulator.clearFaults();
        for (const name of names) seen.push(await scene.shared.digestOf(`payroll/${name}`, 'dev'));
        if (result.status === 'fulfilled') return result.value;
      }
    },
  };
  const { codes } = await scene.play(again, {
    files: { 'towpath.yaml': config },
    env: run(1),
    given: { 'target-environment': 'dev', version: '1.1.0' },
  });
  expect(codes).toEqual([]);
  const [newest] = await entries(scene, 'dev');
  expect(newest?.version).toBe('1.2.0');
  expect(seen.length).toBeGreaterThan(2 * names.length);
  expect(new Set(seen)).toEqual(new Set(newest?.images.map(({ digest }) => digest)));
});
