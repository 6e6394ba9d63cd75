import { describe, expect, test } from '@jest/globals';
import { gate, type GateEnding } from './harness/gate.ts';
import { basicFindings, team } from './harness/team.ts';

const policy = { baseline: 'prod' };

/** Gates `web:v2`, whose baseline is `web:v1`. Both have one critical finding. */
async function gateNewer(baseline: object, newer = basicFindings('CRITICAL')): Promise<GateEnding> {
  const scene = await team();
  await scene.publish('web', 'v2', { name: 'web', content: 'newer' });
  scene.emulator.addFindings({ 'web:v1': baseline, 'web:v2': { findings: newer } });
  return gate(scene, { images: { web: [] }, tag: 'v2', baselineTag: 'v1', policy });
}

describe('with a baseline', () => {
  test('a finding that the baseline has passes', async () => {
    const { images } = await gateNewer({ findings: basicFindings('CRITICAL') });
    expect(images[0]?.verdict).toBe('pass');
    expect(images[0]?.subjects[0]?.judgement.known).toHaveLength(1);
  });

  test('a finding that the baseline does not have fails', async () => {
    const { images } = await gateNewer({ findings: basicFindings('CRITICAL') }, basicFindings('CRITICAL', 2));
    expect(images[0]?.subjects[0]?.judgement.violations).toHaveLength(1);
  });

  test.each(['FAILED', 'PENDING'] as const)('whose scan is %s all findings fail', async (status) => {
    const { images } = await gateNewer({ status, findings: basicFindings('CRITICAL') });
    expect(images[0]?.verdict).toBe('fail');
  });
});

test('an ignore of one image does not apply to another', async () => {
  const scene = await team();
  scene.emulator.addFindings({ 'web:v1': { findings: basicFindings('CRITICAL') } });
  const ignore = { id: 'CVE-2026-1000', reason: 'not reachable', owner: 'payroll', expires: '2027-01-01' };
  const verdictWith = async (image: string) => {
    const { images } = await gate(scene, {
      images: { web: [] },
      policy: { ignores: [{ ...ignore, image }] },
    });
    return images[0]?.verdict;
  };
  expect([await verdictWith('web'), await verdictWith('api')]).toEqual(['pass', 'fail']);
});
