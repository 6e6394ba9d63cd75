import { describe, expect, test } from '@jest/globals';
import { defaultPolicy, policyDigest } from '@towpath/scan-policy';
import type { Scenario } from '@towpath/testing';
import { cellOf, show, statesOf } from './harness/ledger.ts';
import { promote, publish, team } from './harness/team.ts';

const policy = policyDigest(defaultPolicy);
const critical = [{ name: 'CVE-2026-1', severity: 'CRITICAL' as const }];
const observe = { observe: 'tags,gate' };
const config = (gate: string) => `
registry: 111122223333.dkr.ecr.us-east-1.amazonaws.com/payroll
images:
  web: {}
environments:
  prod: { from: build, ${gate} }
`;

/** Creates a team whose prod has web 1.0.0, judged by the default policy. The image has a critical finding since then. */
async function turnedCritical(by = policy): Promise<Scenario> {
  const scene = await team({ scanDelays: { notFound: 0, pending: 0, inProgress: 0, findings: 0 } });
  const digest = await publish(scene, '1.0.0');
  const image = {
    name: 'web',
    repository: 'payroll/web',
    digest,
    version: '1.0.0',
    verdict: 'pass' as const,
  };
  await promote(scene, 'prod', 1, '1.0.0', digest, { images: [{ ...image, policy: by }] });
  scene.emulator.addFindings({ [digest]: { findings: critical } });
  return scene;
}

describe('the verdict now', () => {
  test('is shown beside the verdict then, with the policy and the time of the scan', async () => {
    const scene = await turnedCritical();
    const shown = await show(scene, observe);
    const cell = cellOf(shown.board, 'prod');
    expect(cell).toMatchObject({
      recorded: 'pass',
      policy,
      now: {
        state: 'judged',
        verdict: 'fail',
        policy,
        detail: expect.stringContaining('CVE-2026-1') as unknown,
      },
    });
    expect(cell.now).toHaveProperty('scanned');
    expect(shown.page).toMatch(/gate pass[^]*now fail[^]*now judged by\s+the same policy, scan of/);
    expect(shown.summaries.join('')).toContain('gate pass, now fail');
    expect([statesOf(cell).gate, shown.outputs.drift]).toEqual(['drift', '1']);
  });

  test('is that of the policy in the configuration, which may be another one than then', async () => {
    const scene = await turnedCritical();
    const files = {
      'towpath.yaml': config(
        'gate: { ignore: [{ id: CVE-2026-1, reason: not used, owner: ada, expires: 2027-01-01 }] }',
      ),
    };
    const { board, page } = await show(scene, { ...observe, registries: '' }, { files });
    expect(cellOf(board, 'prod').now).toMatchObject({ state: 'judged', verdict: 'pass' });
    expect(statesOf(cellOf(board, 'prod')).gate).toBe('ok');
    expect(page).toMatch(/now judged by\s+another policy/);
  });

  test.each([
    {
      name: 'expired',
      ignore: 'id: CVE-2020-1, reason: not used, owner: ada, expires: 2026-01-01',
      images: 'web: {}',
      verdict: 'fail',
    },
    {
      name: 'unused',
      ignore: 'id: CVE-2020-1, reason: not used, owner: ada, expires: 2027-01-01',
      images: 'web: {}',
      verdict: 'fail',
    },
    {
      name: 'perhaps used by an image that the entry does not list',
      ignore: 'id: CVE-2020-1, reason: not used, owner: ada, expires: 2027-01-01',
      images: 'web: {}, backend: {}',
      verdict: 'pass',
    },
  ])(
    'follows stale-ignores: fail as a promotion does, if an ignore is $name',
    async ({ ignore, images, verdict }) => {
      const scene = await turnedCritical();
      const { digest } = cellOf((await show(scene)).board, 'prod');
      scene.emulator.addFindings({ [digest]: { findings: [] } });
      const gate = `gate: { stale-ignores: fail, ignore: [{ ${ignore} }] }`;
      const files = { 'towpath.yaml': config(gate).replace('images:\n  web: {}', `images: { ${images} }`) };
      const { board } = await show(scene, { ...observe, registries: '' }, { files });
      const { now } = cellOf(board, 'prod');
      expect(now).toMatchObject({ state: 'judged', verdict });
      expect(now.detail.includes('An ignore of the policy is out of date')).toBe(verdict === 'fail');
    },
  );

  test('is off if the environment has no gate', async () => {
    const scene = await turnedCritical();
    const files = { 'towpath.yaml': config('gate: off') };
    const { board } = await show(scene, { ...observe, registries: '' }, { files });
    expect(cellOf(board, 'prod').now).toMatchObject({ state: 'judged', verdict: 'off' });
  });

  test('is unknown if the scan is not finished', async () => {
    const scene = await team({ scanDelays: { notFound: 0, pending: 1000, inProgress: 0, findings: 0 } });
    await promote(scene, 'prod', 1, '1.0.0', await publish(scene, '1.0.0'));
    const files = { 'towpath.yaml': config('soak: 1h') };
    const { board } = await show(scene, { ...observe, registries: '' }, { files });
    expect(cellOf(board, 'prod').now).toMatchObject({
      state: 'judged',
      verdict: 'unknown',
      detail: expect.stringContaining('is not finished') as unknown,
    });
  });

  test('is unknown if there is no scan any more', async () => {
    const scene = await turnedCritical();
    const { digest } = cellOf((await show(scene)).board, 'prod');
    scene.emulator.addFindings({ [digest]: { status: 'FAILED' } });
    const { board } = await show(scene, observe);
    expect(cellOf(board, 'prod').now).toMatchObject({ state: 'judged', verdict: 'unknown' });
  });

  test.each([
    {
      name: 'not requested',
      given: {},
      why: 'The input observe does not have gate.',
    },
    {
      name: 'denied',
      given: observe,
      operation: 'ecr:DescribeImageScanFindings',
      why: 'access-denied',
    },
    {
      name: 'by a policy of which only the digest is known',
      given: observe,
      by: `sha256:${'0'.repeat(64)}`,
      why: 'There is no configuration with the policy.',
    },
    {
      name: 'beyond the limit of requests',
      given: { ...observe, 'max-calls': '1' },
      why: 'The limit of 1 requests was reached.',
    },
  ])('is not observed if it is $name, and never looks like a pass', async ({ given, operation, by, why }) => {
    const scene = await turnedCritical(by as typeof policy | undefined);
    if (operation !== undefined)
      scene.emulator.addFault({ kind: 'exception', exception: 'AccessDeniedException', operation, times: 0 });
    const shown = await show(scene, given);
    expect(cellOf(shown.board, 'prod').now).toEqual({
      state: 'not-observed',
      detail: expect.stringContaining(why) as unknown,
    });
    expect([shown.page, shown.summaries.join('')].every((text) => text.includes('now not observed'))).toBe(
      true,
    );
    expect(shown.page).not.toContain('now pass');
    expect(statesOf(cellOf(shown.board, 'prod')).gate).toBe('observe' in given ? 'not-observed' : undefined);
  });
});
