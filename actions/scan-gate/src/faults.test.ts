import { describe, expect, test } from '@jest/globals';
import type { Fault, ScanScripts } from '@towpath/ecr-emulator';
import { parseDigest } from '@towpath/reference';
import { attach, scenario, type Ending, type Scenario } from '@towpath/testing';
import { scanGate } from './action.ts';

const reading = 'ecr:DescribeImageScanFindings';
const host = '111122223333.dkr.ecr.us-east-1.amazonaws.com';

/** A policy that uses everything that the gate can read: the baseline, the base image and attached documents. */
const config = `
registry: ${host}/payroll
images: { web: {} }
environments:
  prod: { from: build, tags: ['{environment}'] }
gate:
  fail-on: critical
  kev: true
  unknown-exploitability: allow
  baseline: prod
  attached-vex: true
  on-unsupported: warn
  base: { fail-on: high }
`;

/** Publishes 1.0.0 of the image `web`, whose older image runs in prod. */
async function team(mode: 'BASIC' | 'ENHANCED', script: ScanScripts[string]): Promise<Scenario> {
  const scene = await scenario();
  for (const name of ['payroll/web', 'payroll/towpath', 'mirror/node'])
    await scene.shared.createRepository(name);
  await scene.shared.configureScanning(mode, mode === 'BASIC' ? 'SCAN_ON_PUSH' : 'CONTINUOUS_SCAN');
  await scene.publish('mirror/node', '22', { name: 'node', below: ['debian'] });
  await scene.publish('payroll/web', 'prod', { name: 'web', content: 'older' });
  const below = ['debian', 'node for linux/amd64'];
  await scene.release('1.0.0', 'payroll/towpath', { 'payroll/web': { name: 'web', below } });
  await attach(scene.shared, 'payroll/web', {
    subject: parseDigest((await scene.shared.digestOf('payroll/web', 'build-1.0.0')) ?? ''),
    artifactType: 'application/vnd.openvex+json',
    content: JSON.stringify({
      '@context': 'https://openvex.dev/ns/v0.2.0',
      timestamp: '2026-01-01T00:00:00Z',
      statements: [
        {
          vulnerability: 'CVE-2026-7',
          products: ['pkg:oci/web'],
          status: 'not_affected',
          justification: 'component_not_present',
        },
      ],
    }),
  });
  scene.emulator.addFindings({ 'payroll/web:build-1.0.0': script });
  return scene;
}

function gating(scene: Scenario): Promise<Ending> {
  return scene.play(scanGate, {
    files: { 'towpath.yaml': config, Dockerfile: `FROM ${host}/mirror/node:22` },
    given: { version: '1.0.0', timeout: '5m' },
  });
}

/** Failures that last, and failures of a single request, which is tried again. */
const failures: readonly (Fault & { readonly name: string })[] = [
  { name: 'is denied', kind: 'exception', exception: 'AccessDeniedException', times: 0 },
  { name: 'is invalid', kind: 'exception', exception: 'ValidationException', times: 0 },
  { name: 'finds nothing', kind: 'exception', exception: 'RepositoryNotFoundException', times: 0 },
  { name: 'finds no scan', kind: 'exception', exception: 'ScanNotFoundException', times: 0 },
  { name: 'has an expired token', kind: 'expired-token', times: 0 },
  { name: 'is unavailable once', kind: 'status', status: 503 },
  { name: 'is reset once', kind: 'reset' },
  { name: 'ends early once', kind: 'truncate', afterBytesOut: 20 },
];

const critical = 'CRITICAL' as const;
const detected = { vulnerabilityId: 'CVE-2026-1', vulnerablePackages: [{ name: 'zlib', version: '1' }] };

/** Images that never pass. */
const images: readonly {
  readonly name: string;
  readonly mode: 'BASIC' | 'ENHANCED';
  readonly script: ScanScripts[string];
  readonly codes: readonly string[];
  readonly operations: readonly string[];
}[] = [
  {
    name: 'with a critical finding on the second page',
    mode: 'BASIC',
    script: {
      findings: [
        ...Array.from({ length: 1000 }, (_, index) => ({
          name: `CVE-2025-${1000 + index}`,
          severity: 'LOW' as const,
        })),
        { name: 'CVE-2026-1', severity: critical },
      ],
    },
    codes: ['gate-failed'],
    operations: ['ecr:BatchGetImage', reading, 'ecr:ListImageReferrers', 'GET blob'],
  },
  {
    name: 'with a critical finding of Amazon Inspector',
    mode: 'ENHANCED',
    script: { enhancedFindings: [{ severity: critical, packageVulnerabilityDetails: detected }] },
    codes: ['gate-failed'],
    operations: ['inspector2:ListFindings', 'inspector2:BatchGetFindingDetails', 'inspector2:ListCoverage'],
  },
  {
    name: 'whose scan failed',
    mode: 'BASIC',
    script: { status: 'FAILED' },
    codes: ['gate-unknown'],
    operations: ['ecr:GetRegistryScanningConfiguration', 'ecr:BatchGetRepositoryScanningConfiguration'],
  },
];

describe.each(images.map((image, part) => ({ ...image, part })))('an image $name never passes', (image) => {
  const { mode, script, codes, operations, part } = image;

  test('whichever request fails', async () => {
    const scene = await team(mode, script);
    const undisturbed = await gating(scene);
    expect(undisturbed.codes).toEqual(codes);
    const counts = Map.groupBy(undisturbed.requests, ({ operation }) => operation);
    expect([...counts.keys()]).toEqual(expect.arrayContaining([...operations]));
    const passed: string[] = [];
    for (const [at, [operation, { length }]] of [...counts].entries()) {
      for (const [index, { name, ...failure }] of failures.entries()) {
        const isOfApi = operation.includes(':');
        // Each image tests another quarter of the failures, but all of those that lose findings.
        const isSelected = operation === reading || (at + index + part) % 4 === 0;
        // Only the API of AWS has exceptions.
        if (!isSelected || (failure.kind === 'exception' && !isOfApi)) continue;
        // Another request of the operation for each failure.
        const nth = 1 + ((at + index) % length);
        scene.emulator.clearFaults();
        scene.emulator.addFault({ ...failure, operation, nth });
        const { green, outputs } = await gating(scene);
        if (green || outputs.verdict === 'pass') passed.push(`${operation} (${nth}) ${name}`);
      }
    }
    expect(passed).toEqual([]);
  }, 120_000);
});

test.each(['ecr:BatchGetImage', reading])(
  'a clean image does not pass if %s does not answer',
  async (operation) => {
    const scene = await team('BASIC', {});
    expect((await gating(scene)).outputs.verdict).toBe('pass');
    for (const { name, ...failure } of failures.filter(({ times }) => times === 0)) {
      scene.emulator.clearFaults();
      scene.emulator.addFault({ ...failure, operation });
      const { green, outputs } = await gating(scene);
      expect([name, green, outputs.verdict === 'pass']).toEqual([name, false, false]);
    }
  },
  60_000,
);
