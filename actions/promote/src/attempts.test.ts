import { expect, test } from '@jest/globals';
import type { Attempt } from '@towpath/ledger';
import type { Scenario } from '@towpath/testing';
import { entries, promoteThrough, promoting, publish, run, team, withProduction } from './harness/team.ts';

/** Returns the tags of attempts in the ledger of the shared account. */
async function attemptTags(scene: Scenario): Promise<readonly string[]> {
  return (await scene.shared.tags('payroll/towpath')).filter((tag) => tag.includes('.attempt.'));
}

function attempt(scene: Scenario, tag: string): Promise<Attempt> {
  return scene.shared.document('payroll/towpath', tag) as Promise<Attempt>;
}

const fault = {
  kind: 'exception',
  exception: 'InvalidParameterException',
  operation: 'ecr:PutImage',
} as const;

/** Returns a team whose environment dev runs 1.1.0. */
async function ahead(): Promise<Scenario> {
  const scene = await team();
  await publish(scene, '1.0.0', '1.1.0');
  await promoteThrough(scene, '1.0.0', 'dev');
  await promoteThrough(scene, '1.1.0', 'dev');
  return scene;
}

test('a refused promotion is recorded beside the entry that it left in place', async () => {
  const scene = await ahead();
  const before = await entries(scene, 'dev');
  const { codes } = await promoting(scene, 'dev', { version: '1.0.0' }, { env: run(9) });
  expect(codes).toEqual(['older-version']);
  expect(await attempt(scene, 'dev.2.attempt.1')).toEqual({
    ...{ schemaVersion: 1, environment: 'dev', after: 2, number: 1 },
    ...{ outcome: 'refused', kind: 'promotion', version: '1.0.0', when: expect.any(String) as unknown },
    ...{ actor: 'ada', run: 'https://github.com/acme/payroll/actions/runs/9' },
    source: { repository: 'acme/payroll', revision: 'c'.repeat(40), ref: 'refs/heads/main' },
    problems: [
      {
        code: 'older-version',
        message: expect.stringContaining('dev runs 1.1.0 of backend, web') as unknown,
      },
    ],
  });
  expect(await entries(scene, 'dev')).toEqual(before);
  expect((await promoting(scene, 'dev', { version: '1.1.0' })).outputs.entry).toBe('dev.2');
});

test('a refusal before the first entry is recorded after entry 0, and the first entry is number 1', async () => {
  const scene = await team();
  await publish(scene, '1.0.0');
  expect((await promoting(scene, 'test', { version: '1.0.0' })).codes).toContain('image-missing');
  expect(await attempt(scene, 'test.0.attempt.1')).toMatchObject({ after: 0, version: '1.0.0' });
  await promoteThrough(scene, '1.0.0', 'dev', 'test');
  expect((await entries(scene, 'test')).map(({ number }) => number)).toEqual([1]);
});

test('the same refusal is recorded once, and at most five different ones after an entry', async () => {
  const scene = await ahead();
  for (let count = 0; count < 3; count += 1) await promoting(scene, 'dev', { version: '1.0.0' });
  expect(await attemptTags(scene)).toEqual(['dev.2.attempt.1']);
  for (let minor = 2; minor < 9; minor += 1) await promoting(scene, 'dev', { version: `1.${minor}.0` });
  expect(await attemptTags(scene)).toEqual([1, 2, 3, 4, 5].map((number) => `dev.2.attempt.${number}`));
});

test('refusals at the same time get different numbers', async () => {
  const scene = await ahead();
  const versions = ['1.0.0', '7.0.0', '8.0.0'];
  await Promise.all(versions.map((version) => promoting(scene, 'dev', { version })));
  const found = await Promise.all((await attemptTags(scene)).map((tag) => attempt(scene, tag)));
  expect(found.map(({ version }) => version).sort()).toEqual(versions);
});

test('a promotion that fails after its first write is recorded as failed', async () => {
  const scene = await ahead();
  await publish(scene, '1.2.0');
  scene.emulator.addFault({ ...fault, nth: 2, times: 1 });
  const { codes } = await promoting(scene, 'dev', { version: '1.2.0' });
  expect(codes).toHaveLength(1);
  expect(await attempt(scene, 'dev.2.attempt.1')).toMatchObject({ outcome: 'failed', version: '1.2.0' });
});

test('a refused rollback is recorded', async () => {
  const scene = await team();
  await publish(scene, '1.0.0');
  await promoteThrough(scene, '1.0.0', 'dev');
  const { codes } = await promoting(scene, 'dev', { rollback: 'true' });
  expect(codes).toEqual(['rollback-impossible']);
  const { kind, version, problems } = await attempt(scene, 'dev.1.attempt.1');
  expect([kind, version, problems.map(({ code }) => code)]).toEqual([
    'rollback',
    undefined,
    ['rollback-impossible'],
  ]);
});

test('a dry run, a run without a ledger and a wrong input record nothing', async () => {
  const scene = await ahead();
  await promoting(scene, 'dev', { version: '1.0.0', 'dry-run': 'true' });
  await promoting(scene, 'dev', { version: '1.0.0', rollback: 'perhaps' });
  await promoting(scene, 'nowhere', { version: '1.0.0' });
  expect(await attemptTags(scene)).toEqual([]);
  const without = await withProduction(await team(), false);
  await promoting(without, 'prod', { version: '1.0.0' });
  expect(await without.prod.tags('payroll/towpath').catch(() => [])).toEqual([]);
});

test('a refusal is reported even if the ledger cannot record it', async () => {
  const scene = await ahead();
  scene.emulator.addFault({ ...fault, times: 0 });
  const { codes, lines } = await promoting(scene, 'dev', { version: '1.0.0' });
  expect([codes, await attemptTags(scene)]).toEqual([['older-version'], []]);
  expect(lines).toContainEqual(expect.stringMatching(/^This failure is not recorded: ./));
});
