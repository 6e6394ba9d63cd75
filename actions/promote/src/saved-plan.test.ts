import { describe, expect, test } from '@jest/globals';
import type { Ending, Scenario } from '@towpath/testing';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { config, entries, problems, promoteThrough, promoting, publish, run, team } from './harness/team.ts';

const files = {
  'towpath.yaml': config,
  'lenient/towpath.yaml': config.replace('from: build,', 'from: build, gate: off,'),
};

/** Makes a plan of a promotion, as a dry run. */
async function planned(scene: Scenario, given: Record<string, string>): Promise<string> {
  const play = { files, env: run(1) };
  const ending = await promoting(
    scene,
    'dev',
    { ...given, 'dry-run': 'true', 'plan-out': 'plan.json' },
    play,
  );
  expect(ending.codes).toEqual([]);
  return readFileSync(join(ending.workspace, 'plan.json'), 'utf8');
}

function apply(scene: Scenario, plan: string, given: Record<string, string> = {}): Promise<Ending> {
  const play = { files: { ...files, 'plan.json': plan }, env: run(2) };
  return promoting(scene, 'dev', { plan: 'plan.json', ...given }, play);
}

async function ready(): Promise<Scenario> {
  const scene = await team();
  await publish(scene, '1.0.0', '1.1.0');
  await promoteThrough(scene, '1.0.0', 'dev');
  return scene;
}

test('a plan is applied by a later run, and the entry has its digest', async () => {
  const scene = await ready();
  const plan = await planned(scene, { version: '1.1.0' });
  expect(await entries(scene, 'dev')).toHaveLength(1);
  const { codes, outputs } = await apply(scene, plan);
  expect([codes, outputs.entry]).toEqual([[], 'dev.2']);
  const [entry] = await entries(scene, 'dev');
  expect(entry).toMatchObject({ version: '1.1.0', run: 'https://github.com/acme/payroll/actions/runs/2' });
  expect(entry?.plan).toMatch(/^sha256:/);
});

test('the run that applies a plan can have a token for a deployment, which is never shown', async () => {
  const scene = await ready();
  const plan = await planned(scene, { version: '1.1.0', token: 'first-secret' });
  expect(plan).not.toContain('first-secret');
  const applied = await apply(scene, plan, { token: 'other-secret', 'environment-url': 'https://a.example' });
  expect(applied.codes).toEqual([]);
  expect(JSON.stringify([applied.lines, applied.annotations, applied.summaries])).not.toContain('secret');
});

test('a plan of a rollback is applied by a later run', async () => {
  const scene = await ready();
  await promoteThrough(scene, '1.1.0', 'dev');
  const { codes } = await apply(scene, await planned(scene, { rollback: 'true' }), { rollback: 'true' });
  expect(codes).toEqual([]);
  expect((await entries(scene, 'dev'))[0]).toMatchObject({ kind: 'rollback', version: '1.0.0' });
});

describe('a plan is refused', () => {
  test('if another run promoted meanwhile', async () => {
    const scene = await ready();
    const plan = await planned(scene, { version: '1.1.0' });
    await promoting(scene, 'dev', { version: '1.1.0', only: 'web' });
    expect((await apply(scene, plan)).codes).toEqual(['plan-outdated']);
    expect(await entries(scene, 'dev')).toHaveLength(2);
  });

  test('if it was applied already', async () => {
    const scene = await ready();
    const plan = await planned(scene, { version: '1.1.0' });
    expect((await apply(scene, plan)).codes).toEqual([]);
    expect((await apply(scene, plan)).codes).toEqual(['plan-outdated']);
  });

  test('if an image has a finding now', async () => {
    const scene = await ready();
    const plan = await planned(scene, { version: '1.1.0' });
    const digest = await scene.shared.digestOf('payroll/web', 'build-1.0.0');
    const backend = await scene.shared.digestOf('payroll/backend', 'build-1.1.0');
    expect(digest).toBeDefined();
    const findings = [{ name: 'CVE-2026-1', severity: 'CRITICAL' as const }];
    scene.emulator.addFindings({ [backend ?? '']: { findings } });
    expect((await apply(scene, plan)).codes).toEqual(['gate-failed']);
  });

  test('if its content was edited', async () => {
    const scene = await ready();
    const plan = await planned(scene, { version: '1.1.0' });
    const digest = await scene.shared.digestOf('payroll/backend', 'build-1.0.0');
    const other = await scene.shared.digestOf('payroll/backend', 'build-1.1.0');
    const edited = plan.replaceAll(other ?? '?', digest ?? '?');
    expect(edited).not.toBe(plan);
    expect((await apply(scene, edited)).codes).toEqual(['plan-outdated']);
  });

  test.each([
    ['is not JSON', () => '{'],
    ['is of another action', (plan: string) => plan.replace('"promote"', '"provision"')],
    ['has another format', (plan: string) => plan.replace('"schemaVersion": 1', '"schemaVersion": 2')],
  ])('if it %s', async (_, edit) => {
    const scene = await ready();
    expect((await apply(scene, edit(await planned(scene, { version: '1.1.0' })))).codes).toEqual([
      'plan-outdated',
    ]);
  });

  test.each<{ given: Record<string, string>; inputs: string[] }>([
    { given: { rollback: 'true' }, inputs: ['rollback'] },
    { given: { version: '1.1.0', 'break-glass': 'outage' }, inputs: ['break-glass'] },
    {
      given: { version: '1.1.0', 'allow-older': 'true', 'move-version-tags': 'true', attestations: 'skip' },
      inputs: ['allow-older', 'move-version-tags', 'attestations'],
    },
    { given: { version: '1.1.0', only: 'web' }, inputs: ['only'] },
    { given: { version: '1.1.0', region: 'us-east-1' }, inputs: ['region'] },
    { given: { version: '1.1.0', 'image-name': 'web' }, inputs: ['image-name'] },
    { given: { version: '1.1.0', config: 'lenient/towpath.yaml' }, inputs: ['config'] },
  ])('if it was made with $inputs and the run that applies it was not', async ({ given, inputs }) => {
    const scene = await ready();
    if (given.rollback !== undefined) await promoteThrough(scene, '1.1.0', 'dev');
    const plan = await planned(scene, given);
    const refused = await apply(scene, plan);
    expect(problems(refused)).toEqual(
      inputs.map((name) => expect.stringContaining(`was made with ${name}: `) as unknown),
    );
    const decided = Object.fromEntries(Object.entries(given).filter(([name]) => inputs.includes(name)));
    expect((await apply(scene, plan, decided)).codes).toEqual([]);
  });

  test('if the file does not exist, or an input differs from it', async () => {
    const scene = await ready();
    const plan = await planned(scene, { version: '1.1.0' });
    const missing = await apply(scene, plan, { plan: 'missing.json' });
    expect([missing.codes, problems(missing)[0]]).toEqual([
      ['plan-outdated'],
      expect.stringContaining('The plan in missing.json cannot be used: there is no such file.'),
    ]);
    const given = { version: '1.0.0', 'allow-older': 'true' };
    expect((await apply(scene, plan, given)).codes).toEqual(['input-invalid', 'input-invalid']);
  });
});
