import { describe, expect, test } from '@jest/globals';
import { scenario, type Ending, type Play, type Scenario } from '@towpath/testing';
import { scanGate } from './action.ts';

const config = `
registry: 111122223333.dkr.ecr.us-east-1.amazonaws.com/payroll
images:
  backend: {}
  web: { platforms: [linux/amd64, linux/arm64] }
environments:
  dev: { from: build }
  prod: { from: dev, gate: { fail-on: medium } }
`;

const findings = (severity: 'CRITICAL' | 'HIGH' | 'MEDIUM' | 'LOW', count = 1) =>
  Array.from({ length: count }, (_, index) => ({
    name: `CVE-2026-${1000 + index}`,
    severity,
    uri: 'https://example.com/cve',
    attributes: [
      { key: 'package_name', value: 'zlib' },
      { key: 'package_version', value: '1.2' },
    ],
  }));

/** A team that has published 1.0.0. */
async function team(): Promise<Scenario> {
  const scene = await scenario();
  for (const name of ['payroll/backend', 'payroll/web']) await scene.shared.createRepository(name);
  await scene.publish('payroll/backend', 'build-1.0.0', { name: 'backend' });
  await scene.publish('payroll/web', 'build-1.0.0', {
    name: 'web',
    platforms: ['linux/amd64', 'linux/arm64'],
  });
  return scene;
}

function gating(scene: Scenario, play: Partial<Play> = {}): Promise<Ending> {
  const { given, ...rest } = play;
  return scene.play(scanGate, {
    files: { 'towpath.yaml': config },
    ...rest,
    given: { version: '1.0.0', ...given },
  });
}

async function platformDigest(scene: Scenario, platform: string): Promise<string> {
  const { outputs } = await gating(scene, { given: { 'report-only': 'true' } });
  const found = JSON.parse(outputs.findings ?? '[]') as { platform?: string; digest: string }[];
  return found.find((one) => one.platform === platform)?.digest ?? '';
}

test('a version without findings passes, each platform of it', async () => {
  const { green, outputs } = await gating(await team());
  expect(green).toBe(true);
  expect(outputs.verdict).toBe('pass');
  expect(outputs.images).not.toContain('111122223333');
  expect(JSON.parse(outputs.images ?? '')).toEqual([
    {
      name: 'backend',
      repository: 'payroll/backend',
      digest: expect.stringMatching(/^sha256:/),
      verdict: 'pass',
    },
    { name: 'web', repository: 'payroll/web', digest: expect.stringMatching(/^sha256:/), verdict: 'pass' },
  ]);
  const judged = JSON.parse(outputs.findings ?? '') as {
    image: string;
    platform?: string;
    verdict: string;
  }[];
  expect(judged.map(({ image, platform, verdict }) => [image, platform, verdict])).toEqual([
    ['backend', undefined, 'pass'],
    ['web', 'linux/amd64', 'pass'],
    ['web', 'linux/arm64', 'pass'],
  ]);
});

test('a critical finding on one platform alone fails the version', async () => {
  const scene = await team();
  scene.emulator.addFindings({
    [await platformDigest(scene, 'linux/arm64')]: { findings: findings('CRITICAL') },
  });
  const { green, outputs, codes, summaries } = await gating(scene);
  expect(green).toBe(false);
  expect(outputs.verdict).toBe('fail');
  expect(codes).toEqual(['gate-failed']);
  expect(summaries.join()).toContain('CVE');
});

test('a finding on a later page counts', async () => {
  const scene = await team();
  scene.emulator.addFindings({
    'payroll/backend:build-1.0.0': { findings: [...findings('LOW', 2500), ...findings('CRITICAL')] },
  });
  const { outputs } = await gating(scene, { given: { only: 'backend' } });
  expect(outputs.verdict).toBe('fail');
  expect(JSON.parse(outputs.findings ?? '')).toEqual([
    expect.objectContaining({ counts: expect.objectContaining({ low: 2500, critical: 1 }) as object }),
  ]);
});

describe('the policy', () => {
  const cases: {
    name: string;
    severity: 'CRITICAL' | 'HIGH' | 'MEDIUM';
    given: Record<string, string>;
    verdict: string;
  }[] = [
    { name: 'lets what is milder through', severity: 'HIGH', given: {}, verdict: 'pass' },
    {
      name: 'is overruled by the input fail-on',
      severity: 'HIGH',
      given: { 'fail-on': 'high' },
      verdict: 'fail',
    },
    {
      name: 'is that of the environment to enter',
      severity: 'MEDIUM',
      given: { 'target-environment': 'prod' },
      verdict: 'fail',
    },
    {
      name: 'none lets everything through',
      severity: 'CRITICAL',
      given: { 'fail-on': 'none' },
      verdict: 'pass',
    },
  ];
  test.each(cases)('$name', async ({ severity, given, verdict }) => {
    const scene = await team();
    scene.emulator.addFindings({ 'payroll/backend:build-1.0.0': { findings: findings(severity) } });
    const { outputs } = await gating(scene, { given: { only: 'backend', ...given } });
    expect(outputs.verdict).toBe(verdict);
  });
});

describe('what nobody can know is not clean', () => {
  test.each(['FAILED', 'UNSUPPORTED_IMAGE', 'FINDINGS_UNAVAILABLE', 'SCAN_ELIGIBILITY_EXPIRED'] as const)(
    '%s is unknown, and red',
    async (status) => {
      const scene = await team();
      scene.emulator.addFindings({ 'payroll/backend:build-1.0.0': { status } });
      const { green, outputs, codes } = await gating(scene, { given: { only: 'backend' } });
      expect(green).toBe(false);
      expect(outputs.verdict).toBe('unknown');
      expect(codes).toEqual(['gate-unknown']);
    },
  );

  test('a scan that does not finish in time is unknown', async () => {
    const scene = await team();
    scene.emulator.addFindings({ 'payroll/backend:build-1.0.0': { status: 'IN_PROGRESS' } });
    const { outputs, codes } = await gating(scene, { given: { only: 'backend', timeout: '2m' } });
    expect(outputs.verdict).toBe('unknown');
    expect(codes).toEqual(['gate-timeout']);
  });

  test('a repository that does not scan is unknown', async () => {
    const scene = await scenario();
    await scene.shared.createRepository('payroll/backend', 'IMMUTABLE', { scanOnPush: false });
    await scene.publish('payroll/backend', 'build-1.0.0', { name: 'backend' });
    const { outputs, annotations } = await gating(scene, { given: { only: 'backend' } });
    expect(outputs.verdict).toBe('unknown');
    expect(annotations[0]?.message).toContain('scan on push');
  });
});

test('with report-only nothing is red, and the verdict is told', async () => {
  const scene = await team();
  scene.emulator.addFindings({ 'payroll/backend:build-1.0.0': { findings: findings('CRITICAL') } });
  const { green, outputs, annotations } = await gating(scene, { given: { 'report-only': 'true' } });
  expect(green).toBe(true);
  expect(outputs.verdict).toBe('fail');
  expect(annotations).toEqual([expect.objectContaining({ level: 'warning' })]);
});

test('without a version the images of the image set are gated, by digest', async () => {
  const scene = await team();
  const { green, outputs } = await scene.play(scanGate, {
    files: { 'towpath.yaml': config },
    imageSet: [{ name: 'backend' }],
  });
  expect(green).toBe(true);
  expect(JSON.parse(outputs.findings ?? '')).toHaveLength(1);
});

test('an image set that was not published is an error', async () => {
  const scene = await team();
  const imageSet = [{ name: 'backend', content: 'never published' }];
  const { codes } = await scene.play(scanGate, { files: { 'towpath.yaml': config }, imageSet });
  expect(codes).toEqual(['image-missing']);
});

test('a role that may not read findings is refused, and that is not read as clean', async () => {
  const scene = await team();
  const { green, codes } = await gating(scene, { as: scene.prod });
  expect(green).toBe(false);
  expect(codes).toEqual(['access-denied']);
});

test('a public registry is refused before it is asked, for it scans nothing', async () => {
  const scene = await scenario();
  const files = {
    'towpath.yaml': config.replace('111122223333.dkr.ecr.us-east-1.amazonaws.com', 'public.ecr.aws/acme'),
  };
  const { codes, requests, annotations } = await gating(scene, { files });
  expect([codes, requests]).toEqual([['registry-unsupported'], []]);
  expect(annotations[0]?.message).toContain('public.ecr.aws/acme is a public registry');
});
