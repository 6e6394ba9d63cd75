import { describe, expect, test } from '@jest/globals';
import { policyDigest } from '@towpath/scan-policy';
import type { Scenario } from '@towpath/testing';
import { config, entries, promoting, publish, team } from './harness/team.ts';

const findings = [{ name: 'CVE-2026-1', severity: 'CRITICAL' as const }];
const inPackage = findings.map((one) => ({
  ...one,
  attributes: [
    { key: 'package_name', value: 'openssl' },
    { key: 'package_version', value: '3.0.1' },
  ],
}));
const given = { version: '1.0.0' };

/** Creates a team that has published an image with a critical finding. */
async function vulnerable(): Promise<Scenario> {
  const scene = await team();
  await publish(scene, '1.0.0');
  const digest = await scene.shared.digestOf('payroll/backend', 'build-1.0.0');
  scene.emulator.addFindings({ [digest ?? '']: { findings } });
  return scene;
}

const withGate = (gate: string) => ({
  files: { 'towpath.yaml': config.replace('dev: { from: build,', `dev: { from: build, gate: ${gate},`) },
});

async function expectNothing(scene: Scenario): Promise<void> {
  expect(await scene.shared.tags('payroll/web')).toEqual(['build-1.0.0']);
  expect(await entries(scene, 'dev')).toEqual([]);
}

describe('the gate of the target environment', () => {
  test('stops a promotion before anything is written', async () => {
    const scene = await vulnerable();
    const { codes, annotations } = await promoting(scene, 'dev', given);
    expect(codes).toEqual(['gate-failed']);
    expect(annotations[0]?.message).toContain('CVE-2026-1');
    await expectNothing(scene);
  });

  test('stops an image that turns critical after another step gated it', async () => {
    const scene = await team();
    await publish(scene, '1.0.0');
    const digests = await Promise.all(
      ['backend', 'web'].map(
        async (name) =>
          [name, (await scene.shared.digestOf(`payroll/${name}`, 'build-1.0.0')) ?? ''] as const,
      ),
    );
    const images = JSON.stringify(digests.map(([name, digest]) => ({ name, digest, verdict: 'pass' })));
    scene.emulator.addFindings({ [digests[0]?.[1] ?? '']: { findings } });
    expect((await promoting(scene, 'dev', { ...given, images })).codes).toEqual(['gate-failed']);
    await expectNothing(scene);
  });

  test('decides by its own policy', async () => {
    const scene = await vulnerable();
    expect((await promoting(scene, 'dev', given, withGate('{ fail-on: none }'))).codes).toEqual([]);
    expect((await entries(scene, 'dev'))[0]?.images[0]?.verdict).toBe('pass');
  });

  test.each([
    { key: 'on-unsupported', refusing: 'fail', accepting: 'warn', status: 'UNSUPPORTED_IMAGE' as const },
    { key: 'max-age', refusing: '7d', accepting: '9d', status: 'COMPLETE' as const },
  ])('reads $key from its configuration', async ({ key, refusing, accepting, status }) => {
    // The images were scanned 8 days before the promotion.
    const scene = await team({ clock: () => Date.UTC(2026, 0, 23, 12) });
    await publish(scene, '1.0.0');
    for (const name of ['backend', 'web'])
      scene.emulator.addFindings({ [`payroll/${name}:build-1.0.0`]: { status } });
    const gate = (value: string) => withGate(`{ fail-on: none, ${key}: ${value} }`);
    const { codes } = await promoting(scene, 'dev', given, gate(refusing));
    expect(new Set(codes)).toEqual(new Set(['gate-unknown']));
    await expectNothing(scene);
    expect((await promoting(scene, 'dev', given, gate(accepting))).codes).toEqual([]);
  });

  test.each<{ way: string; gate: string; given: Record<string, string> }>([
    { way: 'that its gate names', gate: '{ policy: gate.yaml }', given: {} },
    { way: 'of the input policy', gate: 'off', given: { policy: 'gate.yaml' } },
  ])('can be a file $way, whose digest is recorded', async ({ gate, given: more }) => {
    const scene = await vulnerable();
    const { files } = withGate(gate);
    const policyFile = (policy: string) => ({ files: { ...files, 'gate.yaml': policy } });
    const { codes } = await promoting(scene, 'dev', { ...given, ...more }, policyFile('fail-on: critical'));
    expect(codes).toEqual(['gate-failed']);
    expect((await promoting(scene, 'dev', { ...given, ...more }, policyFile('fail-on: none'))).codes).toEqual(
      [],
    );
    const [image] = (await entries(scene, 'dev'))[0]?.images ?? [];
    expect([image?.verdict, image?.policy]).toEqual(['pass', policyDigest({ failOn: 'none' })]);
  });

  test.each([
    ['that expired', 'id: CVE-2026-1, expires: 2026-01-01'],
    ['that no finding needs', 'id: CVE-2026-9, expires: 2026-12-31'],
  ])('fails an image for an ignore %s, with stale-ignores: fail', async (_, keys) => {
    const scene = await vulnerable();
    const ignore = `{ ${keys}, reason: not reachable, owner: team-payroll }`;
    const gate = (mode: string) => withGate(`{ fail-on: none, stale-ignores: ${mode}, ignore: [${ignore}] }`);
    const { codes, annotations } = await promoting(scene, 'dev', given, gate('fail'));
    expect(new Set(codes)).toEqual(new Set(['gate-failed']));
    expect(annotations[0]?.message).toContain('An ignore of the policy is out of date');
    await expectNothing(scene);
    expect((await promoting(scene, 'dev', given, gate('warn'))).codes).toEqual([]);
  });

  test('with the environment itself as baseline fails only findings that the promotion adds', async () => {
    const scene = await team();
    const baseline = withGate('{ baseline: dev }');
    const digests: (string | undefined)[] = [];
    for (const version of ['1.0.0', '2.0.0']) {
      await publish(scene, version);
      digests.push(await scene.shared.digestOf('payroll/backend', `build-${version}`));
    }
    expect(digests[0]).not.toBe(digests[1]);
    const first = await promoting(scene, 'dev', given, baseline);
    expect(first.codes).toEqual([]);
    expect(first.annotations.map(({ message }) => message).join()).toContain('No baseline: ');
    for (const digest of digests) scene.emulator.addFindings({ [digest ?? '']: { findings: inPackage } });
    expect((await promoting(scene, 'dev', { version: '2.0.0' })).codes).toEqual(['gate-failed']);
    expect((await promoting(scene, 'dev', { version: '2.0.0' }, baseline)).codes).toEqual([]);
  });

  test('is recorded as off if the environment has none', async () => {
    const scene = await vulnerable();
    const { codes, summaries, requests } = await promoting(scene, 'dev', given, withGate('off'));
    expect(codes).toEqual([]);
    expect(summaries.join()).toContain('no image was judged');
    const [image] = (await entries(scene, 'dev'))[0]?.images ?? [];
    expect([image?.verdict, image?.policy]).toEqual(['off', undefined]);
    expect(requests.map(({ operation }) => operation)).not.toContain('ecr:DescribeImageScanFindings');
  });

  test('is bypassed by break-glass, which is recorded with the verdict', async () => {
    const scene = await vulnerable();
    const { codes, annotations } = await promoting(scene, 'dev', { ...given, 'break-glass': 'outage 42' });
    expect(codes).toEqual([]);
    expect(annotations.map(({ message }) => message).join()).toContain(
      'backend is in dev with the verdict fail (break-glass: outage 42)',
    );
    const [entry] = await entries(scene, 'dev');
    expect([entry?.kind, entry?.reason, entry?.images[0]?.verdict]).toEqual([
      'break-glass',
      'outage 42',
      'fail',
    ]);
  });

  test.each(['break-glass', 'gate: off'])(
    'with %s does not skip the check of the given digests',
    async (way) => {
      const scene = await vulnerable();
      const images = JSON.stringify([
        { name: 'backend', digest: `sha256:${'0'.repeat(64)}` },
        { name: 'web', digest: await scene.shared.digestOf('payroll/web', 'build-1.0.0') },
      ]);
      const isOff = way === 'gate: off';
      const { codes } = await promoting(
        scene,
        'dev',
        { ...given, images, ...(!isOff && { 'break-glass': 'outage' }) },
        isOff ? withGate('off') : {},
      );
      expect(codes).toEqual(['digest-mismatch']);
      await expectNothing(scene);
    },
  );
});
