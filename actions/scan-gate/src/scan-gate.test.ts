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

/** Creates a team that has published 1.0.0. */
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

test('a version passes if no platform has findings', async () => {
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

test.each<{ policy: string; given: Record<string, string>; verdict: string }>([
  { policy: 'fail-on: low', given: {}, verdict: 'fail' },
  { policy: 'fail-on: high', given: { 'target-environment': 'prod', environment: 'build' }, verdict: 'pass' },
  { policy: 'fail-on: low', given: { 'fail-on': 'none' }, verdict: 'pass' },
])(
  'a policy file with $policy replaces the configured gates: $verdict',
  async ({ policy, given, verdict }) => {
    const scene = await team();
    scene.emulator.addFindings({ 'payroll/backend:build-1.0.0': { findings: findings('MEDIUM') } });
    const { outputs } = await gating(scene, {
      files: { 'towpath.yaml': config, 'gate.yaml': policy },
      given: { only: 'backend', policy: 'gate.yaml', ...given },
    });
    expect(outputs.verdict).toBe(verdict);
  },
);

test('a policy file with mistakes is reported with their positions', async () => {
  const { codes, green } = await gating(await team(), {
    files: { 'towpath.yaml': config, 'gate.yaml': 'fail: high' },
    given: { policy: 'gate.yaml' },
  });
  expect({ codes, green }).toEqual({ codes: ['config-invalid'], green: false });
});

test('a critical finding on a single platform fails the version', async () => {
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

describe('the gate policy', () => {
  const cases: {
    name: string;
    severity: 'CRITICAL' | 'HIGH' | 'MEDIUM';
    given: Record<string, string>;
    verdict: string;
  }[] = [
    { name: 'passes findings below the threshold', severity: 'HIGH', given: {}, verdict: 'pass' },
    {
      name: 'is overridden by the input fail-on',
      severity: 'HIGH',
      given: { 'fail-on': 'high' },
      verdict: 'fail',
    },
    {
      name: 'comes from the target environment',
      severity: 'MEDIUM',
      given: { 'target-environment': 'prod', environment: 'build' },
      verdict: 'fail',
    },
    {
      name: 'with the value none passes everything',
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

describe('a malformed finding', () => {
  const odd = (change: object) => [{ ...findings('LOW')[0], ...change }, ...findings('CRITICAL')];

  test.each([
    'javascript:alert(1)',
    'data:text/html,x',
    'file:///etc/passwd',
    'no address',
    'https://',
    `https://example.com/${'x'.repeat(10_000)}`,
    'https://example.com/\n::error::x',
    '',
  ])('with the address %j is shown as text or as a web link, and no other finding is lost', async (uri) => {
    const scene = await team();
    scene.emulator.addFindings({ 'payroll/backend:build-1.0.0': { findings: odd({ uri }) } });
    const { outputs, codes, summaries } = await gating(scene, {
      given: { only: 'backend', 'fail-on': 'undefined' },
    });
    expect(outputs.verdict).toBe('fail');
    expect(codes).toEqual(['gate-failed']);
    expect(summaries.join()).not.toMatch(/\]\(<(?!https:)/);
    expect(summaries.join()).toContain('CVE');
  });

  test.each(['UNTRIAGED', 'CATASTROPHIC', 'critical '])(
    'has the severity %j, which counts as the worst and is named',
    async (severity) => {
      const scene = await team();
      const finding = { severity, packageVulnerabilityDetails: { vulnerabilityId: 'CVE-2026-1' } };
      scene.emulator.addFindings({ 'payroll/backend:build-1.0.0': { enhancedFindings: [finding] } });
      const { outputs, annotations } = await gating(scene, { given: { only: 'backend' } });
      expect(outputs.verdict).toBe('fail');
      expect(annotations[0]?.message).toContain(`Towpath does not know the severity ${severity}`);
    },
  );

  test('is shown on one line and truncated, whatever its texts contain', async () => {
    const scene = await team();
    const name = `CVE-2026-1\n## | \u001b[31m ${'x'.repeat(1_000_000)}`;
    scene.emulator.addFindings({
      'payroll/backend:build-1.0.0': { findings: odd({ name, severity: 'CRITICAL' }) },
    });
    const { outputs, summaries } = await gating(scene, { given: { only: 'backend' } });
    expect(outputs.verdict).toBe('fail');
    expect(summaries.join()).not.toMatch(/^## /m);
    expect(summaries.join().length).toBeLessThan(20_000);
  });
});

test('the output images lists every image with its digest and verdict, and without an account', async () => {
  const scene = await team();
  scene.emulator.addFindings({ 'payroll/backend:build-1.0.0': { findings: findings('CRITICAL') } });
  const { outputs } = await gating(scene);
  expect(JSON.parse(outputs.images ?? '')).toEqual(
    await Promise.all(
      [
        { name: 'backend', verdict: 'fail' },
        { name: 'web', verdict: 'pass' },
      ].map(async ({ name, verdict }) => ({
        ...{ name, repository: `payroll/${name}`, verdict },
        digest: await scene.shared.digestOf(`payroll/${name}`, 'build-1.0.0'),
      })),
    ),
  );
  expect(outputs.images).not.toContain(scene.shared.id);
});

test('with a target environment the gate reads from the source of the promotion', async () => {
  const scene = await team();
  const { codes, annotations } = await gating(scene, { given: { 'target-environment': 'prod' } });
  expect(codes).toEqual(['image-missing', 'image-missing']);
  expect(annotations[0]?.message).toContain('has no tag dev-1.0.0');
});

describe('an image that cannot be judged does not pass', () => {
  test.each(['FAILED', 'UNSUPPORTED_IMAGE', 'FINDINGS_UNAVAILABLE', 'SCAN_ELIGIBILITY_EXPIRED'] as const)(
    '%s is unknown and fails the step',
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

  test('a repository without scanning is unknown', async () => {
    const scene = await scenario();
    await scene.shared.createRepository('payroll/backend', 'IMMUTABLE', { scanOnPush: false });
    await scene.publish('payroll/backend', 'build-1.0.0', { name: 'backend' });
    const { outputs, annotations, requests } = await gating(scene, { given: { only: 'backend' } });
    expect(outputs.verdict).toBe('unknown');
    expect(annotations[0]?.message).toMatch(
      /never scanned, because .*aws ecr start-image-scan --registry-id 111122223333 --region us-east-1 --repository-name payroll\/backend --image-id imageDigest=sha256:/,
    );
    const readings = requests.filter(({ operation }) => operation === 'ecr:DescribeImageScanFindings');
    expect(readings).toHaveLength(1);
  });
});

test('an image that ECR cannot scan only causes a warning with on-unsupported: warn', async () => {
  const scene = await team();
  scene.emulator.addFindings({ 'payroll/backend:build-1.0.0': { status: 'UNSUPPORTED_IMAGE' } });
  const given = { only: 'backend', 'on-unsupported': 'warn' };
  const { green, outputs, annotations } = await gating(scene, { given });
  expect([green, outputs.verdict]).toEqual([true, 'unknown']);
  expect(annotations).toMatchObject([
    { level: 'warning', message: expect.stringContaining('UNSUPPORTED_IMAGE') as object },
  ]);
});

test('an ignore that no finding needs fails the gate with stale-ignores: fail', async () => {
  const ignore = "{ id: CVE-1999-1, reason: 'not reachable', owner: payroll, expires: 2026-03-01 }";
  const files = {
    'towpath.yaml': `${config}gate: { stale-ignores: fail, ignore: [${ignore}] }\n`,
  };
  const { outputs, codes, annotations } = await gating(await team(), { files });
  expect([outputs.verdict, codes]).toEqual(['fail', ['gate-failed']]);
  expect(annotations[0]).toMatchObject({
    message: expect.stringContaining('An ignore of the policy is out of date') as object,
    position: { file: 'towpath.yaml' },
  });
});

test('an ignore that another image needs does not fail the gate of one image', async () => {
  const scene = await team();
  scene.emulator.addFindings({ 'payroll/backend:build-1.0.0': { findings: findings('CRITICAL') } });
  const ignore = "{ id: CVE-2026-1000, reason: 'not reachable', owner: payroll, expires: 2026-03-01 }";
  const files = { 'towpath.yaml': `${config}gate: { stale-ignores: fail, ignore: [${ignore}] }\n` };
  const verdictOf = async (...names: readonly string[]) => {
    const images = names.map(async (name) => {
      const repository = `payroll/${name}`;
      return { name, repository, digest: await scene.shared.digestOf(repository, 'build-1.0.0') };
    });
    const given = { images: JSON.stringify(await Promise.all(images)) };
    return (await scene.play(scanGate, { files, given })).outputs.verdict;
  };
  expect([await verdictOf('web'), await verdictOf('web', 'backend')]).toEqual(['pass', 'pass']);
  scene.emulator.addFindings({ 'payroll/backend:build-1.0.0': { findings: [] } });
  expect(await verdictOf('web', 'backend')).toBe('fail');
});

describe('rescan', () => {
  const start = async (given: Readonly<Record<string, string>>): Promise<Ending> => {
    const scene = await scenario();
    await scene.shared.createRepository('payroll/backend', 'IMMUTABLE', { scanOnPush: false });
    await scene.publish('payroll/backend', 'build-1.0.0', { name: 'backend' });
    return gating(scene, { given: { only: 'backend', rescan: 'true', ...given } });
  };

  test('judges an image that was never scanned', async () => {
    expect((await start({})).outputs.verdict).toBe('pass');
  });

  test('starts no scan in a dry run', async () => {
    const { requests } = await start({ 'dry-run': 'true' });
    expect(requests.map(({ operation }) => operation)).not.toContain('ecr:StartImageScan');
  });
});

test('report-only never fails the step and reports the verdict', async () => {
  const scene = await team();
  scene.emulator.addFindings({ 'payroll/backend:build-1.0.0': { findings: findings('CRITICAL') } });
  const { green, outputs, annotations } = await gating(scene, { given: { 'report-only': 'true' } });
  expect(green).toBe(true);
  expect(outputs.verdict).toBe('fail');
  expect(annotations).toEqual([expect.objectContaining({ level: 'warning' })]);
});

test('without a version the images of the image set are judged by digest', async () => {
  const scene = await team();
  const { green, outputs } = await scene.play(scanGate, {
    files: { 'towpath.yaml': config },
    imageSet: [{ name: 'backend' }],
    given: { only: 'backend' },
  });
  expect(green).toBe(true);
  expect(JSON.parse(outputs.findings ?? '')).toHaveLength(1);
});

test('an image that is missing in the image set is unknown, and the others are still judged', async () => {
  const scene = await team();
  const { green, outputs, codes } = await scene.play(scanGate, {
    files: { 'towpath.yaml': config },
    imageSet: [{ name: 'backend' }],
  });
  expect(green).toBe(false);
  expect(outputs.verdict).toBe('unknown');
  expect(codes).toEqual(['gate-unknown']);
  expect(JSON.parse(outputs.images ?? '')).toEqual([
    expect.objectContaining({ name: 'backend', verdict: 'pass' }),
  ]);
});

test('an image set that was not published is an error', async () => {
  const scene = await team();
  const imageSet = [{ name: 'backend', content: 'never published' }];
  const { codes } = await scene.play(scanGate, {
    files: { 'towpath.yaml': config },
    imageSet,
    given: { only: 'backend' },
  });
  expect(codes).toEqual(['image-missing']);
});

test('a role that may not read findings is refused, and that is not read as clean', async () => {
  const scene = await team();
  const { green, codes } = await gating(scene, { as: scene.prod });
  expect(green).toBe(false);
  expect(codes).toEqual(['access-denied']);
});

test('a public registry is rejected without a request, because it does not scan images', async () => {
  const scene = await scenario();
  const files = {
    'towpath.yaml': config.replace('111122223333.dkr.ecr.us-east-1.amazonaws.com', 'public.ecr.aws/acme'),
  };
  const { codes, requests, annotations } = await gating(scene, { files });
  expect([codes, requests]).toEqual([['registry-unsupported'], []]);
  expect(annotations[0]?.message).toContain('public.ecr.aws/acme is a public registry');
});
