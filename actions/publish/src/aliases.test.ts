import { describe, expect, test } from '@jest/globals';
import { scenario, type Ending, type Scenario } from '@towpath/testing';
import { setTimeout } from 'node:timers/promises';
import { publish } from './action.ts';
import { backend, config, messagesOf } from './harness/team.ts';

/** Two runs publish different versions at the same time and set the same aliases. */

const tags = 'latest, {major}, {major}.{minor}, build-{version}';

async function team(): Promise<Scenario> {
  const scene = await scenario();
  await scene.shared.createRepository('payroll/backend', 'IMMUTABLE_WITH_EXCLUSION', undefined, [
    'latest',
    '1',
    '1.*',
    '2',
    '2.*',
  ]);
  return scene;
}

function publishVersion(scene: Scenario, version: string, action = publish): Promise<Ending> {
  return scene.play(action, {
    files: { 'towpath.yaml': config },
    given: { only: 'backend', tags, version },
    imageSet: [{ ...backend, content: version }],
  });
}

async function named(scene: Scenario, tag: string): Promise<string | undefined> {
  return scene.shared.digestOf('payroll/backend', tag);
}

async function expectHighest(scene: Scenario, aliases: Readonly<Record<string, string>>): Promise<void> {
  for (const [alias, version] of Object.entries(aliases))
    expect([alias, await named(scene, alias)]).toEqual([alias, await named(scene, `build-${version}`)]);
}

/** Starts a run and pauses it before it sets its first alias. */
async function publishHeldBack(
  scene: Scenario,
  version: string,
  meanwhile: () => Promise<unknown>,
): Promise<Ending> {
  scene.emulator.addFault({ kind: 'stall', operation: 'ecr:PutImage', nth: 2, forMs: 2_000 });
  const held = publishVersion(scene, version);
  // Wait until the version tag is set; the first alias is still paused.
  while ((await named(scene, `build-${version}`)) === undefined) await setTimeout(5);
  await setTimeout(50);
  scene.emulator.clearFaults();
  await meanwhile();
  return held;
}

describe('the aliases of two concurrent runs', () => {
  test('name the higher version if the run of the lower version sets them last', async () => {
    const scene = await team();
    const held = await publishHeldBack(scene, '1.4.0', () => publishVersion(scene, '1.4.1'));
    expect(held.codes).toEqual([]);
    await expectHighest(scene, { latest: '1.4.1', '1': '1.4.1', '1.4': '1.4.1' });
    expect(held.lines.join('\n')).toMatch(/backend: latest follows build-1\.4\.1, which is a higher version/);
  });

  test('follow separate version lines', async () => {
    const scene = await team();
    const held = await publishHeldBack(scene, '1.4.0', () => publishVersion(scene, '2.0.0'));
    expect(held.codes).toEqual([]);
    await expectHighest(scene, { latest: '2.0.0', '2': '2.0.0', '1': '1.4.0', '1.4': '1.4.0' });
  });

  test('are corrected by the next attempt of a run that failed before it compared them', async () => {
    const scene = await team();
    const held = await publishHeldBack(scene, '1.4.0', async () => {
      await publishVersion(scene, '1.4.1');
      const refusal = { kind: 'exception', exception: 'AccessDeniedException' } as const;
      scene.emulator.addFault({ ...refusal, operation: 'ecr:ListImages' });
    });
    expect(held.codes).toEqual(['access-denied']);
    expect(await named(scene, 'latest')).toBe(await named(scene, 'build-1.4.0'));
    scene.emulator.clearFaults();
    const again = await publishVersion(scene, '1.4.0');
    expect(again.codes).toEqual([]);
    expect(messagesOf(again)).toContain('version 1.4.1 exists and is higher');
    await expectHighest(scene, { latest: '1.4.1', '1': '1.4.1', '1.4': '1.4.1' });
  });

  test('name the highest version for every order of requests', async () => {
    // A fixed seed, so that every run tests the same sequence.
    let seed = 42;
    const random = (below: number) => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % below;
    };
    for (let round = 0; round < 25; round += 1) {
      const scene = await team();
      for (let fault = 0; fault < 6; fault += 1)
        scene.emulator.addFault({ kind: 'slow', latencyMs: 5 + random(60), nth: 1 + random(50) });
      const versions = ['1.4.0', '1.4.1', '1.5.0'];
      const endings = await Promise.all(versions.map((version) => publishVersion(scene, version)));
      expect([round, endings.flatMap(({ codes }) => codes)]).toEqual([round, []]);
      await expectHighest(scene, { latest: '1.5.0', '1': '1.5.0', '1.5': '1.5.0', '1.4': '1.4.1' });
      await scene.emulator.close();
    }
  });
});

const failure = {
  kind: 'exception',
  operation: 'ecr:*Image*',
  exception: 'InvalidParameterException',
} as const;

test('aliases stay with a higher version that was published after the plan, wherever the run fails', async () => {
  const scene = await team();
  const seen: (string | undefined)[] = [];
  const late: typeof publish = {
    ...publish,
    execute: async (...given) => {
      await publishVersion(scene, '1.4.1');
      for (let nth = 1; ; nth += 1) {
        scene.emulator.addFault({ ...failure, nth, times: 0 });
        const [result] = await Promise.allSettled([publish.execute(...given)]);
        scene.emulator.clearFaults();
        for (const alias of ['latest', '1', '1.4']) seen.push(await named(scene, alias));
        if (result.status === 'fulfilled') return result.value;
      }
    },
  };
  const { codes } = await publishVersion(scene, '1.4.0', late);
  expect(codes).toEqual([]);
  expect(seen.length).toBeGreaterThan(6);
  expect(new Set(seen)).toEqual(new Set([await named(scene, 'build-1.4.1')]));
});

test('tags are listed for the plan, and before and after aliases are set', async () => {
  const { requests } = await publishVersion(await team(), '1.4.0');
  expect(requests.filter(({ operation }) => operation === 'ecr:ListImages')).toHaveLength(3);
});

test.each(Array.from({ length: 10 }, (_, round) => round))(
  'name the higher of two versions that are published at once, round %i',
  async (round) => {
    const scene = await team();
    const operation = round % 2 === 0 ? 'ecr:PutImage' : 'ecr:ListImages';
    scene.emulator.addFault({ kind: 'stall', operation, nth: 1 + (round % 5), forMs: 80 });
    const versions = round % 3 === 0 ? ['1.4.1', '1.4.0'] : ['1.4.0', '1.4.1'];
    const endings = await Promise.all(versions.map((version) => publishVersion(scene, version)));
    expect(endings.map(({ codes }) => codes)).toEqual([[], []]);
    await expectHighest(scene, { latest: '1.4.1', '1': '1.4.1', '1.4': '1.4.1' });
  },
);
