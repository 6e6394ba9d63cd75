import { describe, expect, test } from '@jest/globals';
import type { Ending, Scenario } from '@towpath/testing';
import { brief, entries, names, promoteThrough, promoting, publish, run, team } from './harness/team.ts';

/** Expects that the moving tags name the images of the newest entry, and that the numbers have no gap. */
async function expectOneOrder(scene: Scenario): Promise<void> {
  const history = await entries(scene, 'dev');
  expect(history.map(({ number }) => number)).toEqual(history.map((_, index) => history.length - index));
  const [newest] = history;
  for (const name of names) {
    const image = newest?.images.find((one) => one.name === name);
    expect([name, await scene.shared.digestOf(`payroll/${name}`, 'dev')]).toEqual([name, image?.digest]);
  }
  expect(new Set(newest?.images.map(({ version }) => version)).size).toBe(1);
}

/** Delays one of two runs at a write, so that the other one finishes in between. */
function slow(scene: Scenario, round: number): void {
  const operation = round % 2 === 0 ? 'ecr:PutImage' : 'ecr:BatchGetImage';
  scene.emulator.addFault({ kind: 'stall', forMs: 60, operation, nth: 1 + round });
}

const rounds = Array.from({ length: 10 }, (_, round) => round);

describe('two promotions at once', () => {
  test.each(rounds)('of different versions end in one order, round %i', async (round) => {
    const scene = await team();
    await publish(scene, '1.0.0', '1.1.0', '1.2.0');
    await promoteThrough(scene, '1.0.0', 'dev');
    slow(scene, round);
    const endings = await Promise.all(
      ['1.1.0', '1.2.0'].map((version, id) => promoting(scene, 'dev', { version }, { env: run(id) })),
    );
    expect(endings.map(({ codes }: Ending) => codes)).toEqual([
      endings[0]?.green === true ? [] : ['older-version', 'older-version'].slice(0, endings[0]?.codes.length),
      [],
    ]);
    await expectOneOrder(scene);
    expect((await entries(scene, 'dev'))[0]?.version).toBe('1.2.0');
    await scene.emulator.close();
  });

  test.each(rounds.slice(0, 3))('of the same version write one entry, round %i', async (round) => {
    const scene = await team();
    await publish(scene, '1.0.0');
    slow(scene, round);
    const endings = await Promise.all(
      [1, 2].map((id) => promoting(scene, 'dev', { version: '1.0.0' }, { env: run(id) })),
    );
    expect(endings.map(({ codes, outputs }) => [codes, outputs.entry])).toEqual([
      [[], 'dev.1'],
      [[], 'dev.1'],
    ]);
    await expectOneOrder(scene);
    expect((await entries(scene, 'dev')).map(brief)).toEqual(['1 promotion: backend 1.0.0, web 1.0.0']);
    await scene.emulator.close();
  });

  test.each(rounds.slice(0, 3))('of different images keep both, round %i', async (round) => {
    const scene = await team();
    await publish(scene, '1.0.0', '1.1.0');
    await promoteThrough(scene, '1.0.0', 'dev');
    slow(scene, round);
    const endings = await Promise.all(
      names.map((only, id) => promoting(scene, 'dev', { version: '1.1.0', only }, { env: run(id) })),
    );
    expect(endings.map(({ codes }) => codes)).toEqual([[], []]);
    await expectOneOrder(scene);
    expect((await entries(scene, 'dev'))[0]?.images.map(({ version }) => version)).toEqual([
      '1.1.0',
      '1.1.0',
    ]);
    await scene.emulator.close();
  });
});

test.each(rounds.slice(0, 4))(
  'a promotion and a rollback at once end in one order, round %i',
  async (round) => {
    const scene = await team();
    await publish(scene, '1.0.0', '1.1.0', '1.2.0');
    for (const version of ['1.0.0', '1.1.0']) await promoteThrough(scene, version, 'dev');
    slow(scene, round);
    const endings = await Promise.all([
      promoting(scene, 'dev', { version: '1.2.0' }, { env: run(1) }),
      promoting(scene, 'dev', { rollback: 'true' }, { env: run(2) }),
    ]);
    expect(endings.some(({ green }) => green)).toBe(true);
    for (const { green, codes } of endings) if (!green) expect(codes).toEqual(['plan-outdated']);
    await expectOneOrder(scene);
    await scene.emulator.close();
  },
);
