import { describe, expect, test } from '@jest/globals';
import { findImages } from '@towpath/ecr';
import { writeEnvironmentEntry, type EnvironmentEntry } from '@towpath/ledger';
import { parseEcrHost, type EcrHost } from '@towpath/reference';
import { sessionOf, type Scenario } from '@towpath/testing';
import { config, entries, problems, promoteThrough, promoting, publish, team } from './harness/team.ts';

/** The time of the fake clock of every run, in hours since the epoch. */
const now = Date.UTC(2026, 0, 31, 12) / 3_600_000;

/** Creates a team, whose registry has a clock of its own: some hours before that of the runs. */
async function teamBefore(hours: number): Promise<{ scene: Scenario; wait: (hours: number) => void }> {
  let time = now - hours;
  const scene = await team({ clock: () => time * 3_600_000 });
  const wait = (more: number) => {
    time += more;
  };
  return { scene, wait };
}

function registryOf({ shared }: Scenario): EcrHost {
  const registry = parseEcrHost(shared.host);
  if (registry === undefined) throw new Error('the account has a registry');
  return registry;
}

/** Writes an entry into the ledger of the shared account, as any job with the permission to promote can. */
async function forge(scene: Scenario, entry: EnvironmentEntry): Promise<void> {
  const location = { registry: registryOf(scene), repository: 'payroll/towpath' };
  await writeEnvironmentEntry(location, entry, sessionOf(scene));
}

const soaking = { 'towpath.yaml': config.replace('prod: { from: test,', 'prod: { from: test, soak: 24h,') };

describe('the time at which ECR stored an entry decides', () => {
  test('so an entry that states an earlier time changes nothing', async () => {
    const { scene, wait } = await teamBefore(72);
    await publish(scene, '1.0.0', '1.1.0');
    await promoteThrough(scene, '1.0.0', 'dev', 'test');
    await promoteThrough(scene, '1.1.0', 'dev');
    wait(52);
    const [newer] = await entries(scene, 'dev');
    if (newer === undefined) throw new Error('dev has an entry');
    const when = '2026-01-01T00:00:00.000Z';
    await forge(scene, { ...newer, environment: 'test', number: 2, from: 'dev', when });
    const ecr = sessionOf(scene).ecr(registryOf(scene));
    for (const { repository, digest } of newer.images)
      for (const manifest of (await findImages(ecr, repository, [digest])).values())
        await scene.shared.tag(repository, manifest, 'test-1.1.0');
    for (const version of ['1.1.0', 'current']) {
      const refused = await promoting(scene, 'prod', { version }, { files: soaking });
      expect([refused.codes, problems(refused)[0]]).toEqual([
        ['soak-pending'],
        expect.stringContaining('It can be promoted at 2026-01-31T16:0'),
      ]);
    }
  });

  test('but not before the entries with lower numbers: an entry can be pushed long before it gets its tag', async () => {
    const { scene, wait } = await teamBefore(72);
    await publish(scene, '1.0.0', '1.1.0');
    await promoteThrough(scene, '1.1.0', 'dev');
    const [entry] = await entries(scene, 'dev');
    if (entry === undefined) throw new Error('dev has an entry');
    await forge(scene, { ...entry, environment: 'test', number: 2, from: 'dev' });
    const ecr = sessionOf(scene).ecr(registryOf(scene));
    const parked = (await findImages(ecr, 'payroll/towpath', ['test.2'])).get('test.2');
    if (parked === undefined) throw new Error('the entry was written');
    await scene.shared.tag('payroll/towpath', parked, 'parked');
    await scene.shared.deleteTags('payroll/towpath', 'test.2');
    await promoting(scene, 'dev', { version: '1.0.0', 'allow-older': 'true' });
    wait(50);
    await promoteThrough(scene, '1.0.0', 'test');
    wait(20);
    await scene.shared.tag('payroll/towpath', parked, 'test.2');
    for (const { repository, digest } of entry.images)
      for (const manifest of (await findImages(ecr, repository, [digest])).values())
        await scene.shared.tag(repository, manifest, 'test-1.1.0');
    for (const version of ['1.1.0', 'current']) {
      const refused = await promoting(scene, 'prod', { version }, { files: soaking });
      expect([refused.codes, problems(refused)[0]]).toEqual([
        ['soak-pending'],
        expect.stringContaining('It can be promoted at 2026-01-31T14:0'),
      ]);
    }
  });

  test('so a run with a fast clock does not make the time longer', async () => {
    const { scene } = await teamBefore(72);
    await publish(scene, '1.0.0');
    await promoteThrough(scene, '1.0.0', 'dev', 'test');
    expect((await entries(scene, 'test'))[0]?.when).toMatch(/^2026-01-31T12:/);
    const { codes, lines } = await promoting(scene, 'prod', { version: '1.0.0' }, { files: soaking });
    expect([codes, lines]).toEqual([
      [],
      expect.arrayContaining([
        expect.stringMatching(
          /take 1\.0\.0 from test \(in test since 2026-01-28T12:.*; prod requires 24 h 0 min\)/,
        ),
      ]),
    ]);
  });

  test('so a role that may not read it promotes nothing', async () => {
    const { scene } = await teamBefore(72);
    await publish(scene, '1.0.0');
    await promoteThrough(scene, '1.0.0', 'dev', 'test');
    const operation = 'ecr:DescribeImages';
    scene.emulator.addFault({ kind: 'exception', exception: 'AccessDeniedException', operation, times: 1 });
    const refused = await promoting(scene, 'prod', { version: '1.0.0' }, { files: soaking });
    expect([refused.codes, problems(refused)[0]]).toEqual([
      ['access-denied'],
      expect.stringMatching(/ecr:DescribeImages on payroll\/towpath/),
    ]);
  });
});

describe('a promotion is rejected', () => {
  test('if the version is not long enough in the source: the message says when it can be promoted', async () => {
    const { scene } = await teamBefore(0);
    await publish(scene, '1.0.0');
    await promoteThrough(scene, '1.0.0', 'dev', 'test');
    const refused = await promoting(scene, 'prod', { version: '1.0.0' }, { files: soaking });
    expect(refused.codes).toEqual(['soak-pending']);
    expect(problems(refused)[0]).toContain('It can be promoted at 2026-02-01T12:');
    const glass = await promoting(
      scene,
      'prod',
      { version: '1.0.0', 'break-glass': 'outage 42' },
      { files: soaking },
    );
    expect(glass.codes).toEqual([]);
    expect((await entries(scene, 'prod'))[0]).toMatchObject({ kind: 'break-glass', reason: 'outage 42' });
  });

  test('if the source rolled the version back before the soak time was over, however long ago', async () => {
    const { scene } = await teamBefore(0);
    const files = { 'towpath.yaml': config.replace('test: { from: dev,', 'test: { from: dev, soak: 24h,') };
    await publish(scene, '1.0.0', '1.1.0');
    for (const version of ['1.0.0', '1.1.0']) await promoteThrough(scene, version, 'dev');
    expect((await promoting(scene, 'dev', { rollback: 'true' })).codes).toEqual([]);
    const refused = await promoting(scene, 'test', { version: '1.1.0' }, { files });
    expect([refused.codes, problems(refused)[0]]).toEqual([
      ['soak-pending'],
      expect.stringMatching(/1\.1\.0 was rolled back in dev at .*promote it to dev again/),
    ]);
    // The rollback brought this one back, so its time begins again.
    const restored = await promoting(scene, 'test', { version: '1.0.0' }, { files });
    expect(problems(restored)[0]).toContain('It can be promoted at');
  });

  test('if the release was published less than the soak time ago, or at an unknown time', async () => {
    const { scene } = await teamBefore(0);
    const soaking = {
      'towpath.yaml': config.replace('dev: { from: build,', 'dev: { from: build, soak: 1h,'),
    };
    await publish(scene, '1.0.0');
    expect((await promoting(scene, 'dev', { version: '1.0.0' }, { files: soaking })).codes).toEqual([
      'soak-pending',
    ]);
    const off = { 'towpath.yaml': `${soaking['towpath.yaml']}ledger: off\n` };
    const unknown = await promoting(scene, 'dev', { version: '1.0.0' }, { files: off });
    expect([unknown.codes, problems(unknown)[0]]).toEqual([
      ['soak-pending'],
      expect.stringContaining('It is unknown since when 1.0.0 is in build'),
    ]);
  });
});
