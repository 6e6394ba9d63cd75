import { describe, expect, test } from '@jest/globals';
import type { ScanScripts } from '@towpath/ecr-emulator';
import { gate, type Gated, type GateEnding } from './harness/gate.ts';
import { toleratedOf } from './judge-images.ts';
import { basicFindings, team, type TeamOptions } from './harness/team.ts';

type Script = ScanScripts[string];

/** Gates the image `web` with a scripted scan. */
async function gateWeb(
  script: Script,
  options: Partial<Gated> = {},
  setting: TeamOptions = {},
): Promise<GateEnding> {
  const scene = await team(setting);
  scene.emulator.addFindings({ 'web:v1': script });
  return gate(scene, { images: { web: [] }, ...options });
}

const digest = 'sha256:[0-9a-f]{64}';
const startScan = `aws ecr start-image-scan --registry-id 111122223333 --region us-east-1 --repository-name web --image-id imageDigest=${digest}`;

describe('a scan without a result is unknown, and the problem names the status and the remedy', () => {
  const listCoverage = `Only Amazon Inspector starts scans .* Run: aws inspector2 list-coverage --region us-east-1 --filter-criteria 'ecrRepositoryName=\\[{comparison=EQUALS,value=web}\\]'`;
  /** `enhanced`: the remedy with enhanced scanning, where StartImageScan is disabled. Default: the same. */
  const cases: { script: Script; message: string; hint: string; enhanced?: string }[] = [
    {
      script: { status: 'FAILED' },
      message: 'the scan has the status FAILED \\(The scan failed.\\): the scan failed',
      hint: `Scan the image again: run scan-gate with rescan: true, or run ${startScan}`,
      enhanced: listCoverage,
    },
    {
      script: { status: 'UNSUPPORTED_IMAGE', description: 'UnsupportedImageError' },
      message:
        'status UNSUPPORTED_IMAGE \\(UnsupportedImageError\\): ECR cannot scan the operating system of this image',
      hint: 'in the input reports. To accept such images, set on-unsupported: warn',
    },
    {
      script: { status: 'FINDINGS_UNAVAILABLE' },
      message: 'status FINDINGS_UNAVAILABLE: ECR no longer has the findings of the scan',
      hint: `run scan-gate with rescan: true, or run ${startScan}`,
      enhanced: listCoverage,
    },
    {
      script: { status: 'SCAN_ELIGIBILITY_EXPIRED' },
      message: 'status SCAN_ELIGIBILITY_EXPIRED .*older than the re-scan duration of Amazon Inspector',
      hint: 'Set a longer re-scan duration',
    },
    {
      script: { status: 'LIMIT_EXCEEDED' },
      message: 'status LIMIT_EXCEEDED: ECR reached a limit',
      hint: `Run scan-gate with rescan: true after that, or run ${startScan}`,
      enhanced: listCoverage,
    },
    {
      script: { status: 'IMAGE_ARCHIVED' },
      message: 'status IMAGE_ARCHIVED: the image is archived',
      hint: `Restore the image. Run: aws ecr update-image-storage-class .* --repository-name web --image-id imageDigest=${digest}`,
    },
    {
      script: { newStatus: 'DEFERRED' },
      message: 'status DEFERRED .*this release of Towpath does not know this status',
      hint: 'Look up the scan of this image in the Amazon ECR console',
    },
  ];
  const inBothModes = cases.flatMap(({ hint, enhanced = hint, ...one }) => [
    { ...one, mode: 'BASIC' as const, hint },
    { ...one, mode: 'ENHANCED' as const, hint: enhanced },
  ]);
  test.each(inBothModes)('$mode: $script', async ({ mode, script, message, hint }) => {
    const scene = await team();
    await scene.shared.configureScanning(mode, mode === 'BASIC' ? 'SCAN_ON_PUSH' : 'CONTINUOUS_SCAN');
    scene.emulator.addFindings({ 'web:v1': script });
    const { images, green, codes } = await gate(scene, { images: { web: [] } });
    expect([green, codes]).toEqual([false, ['gate-unknown']]);
    if (mode === 'ENHANCED') expect(images[0]?.subjects[0]?.reason?.hint).not.toContain('start-image-scan');
    expect(images).toMatchObject([
      {
        verdict: 'unknown',
        subjects: [
          {
            verdict: 'unknown',
            reason: {
              message: expect.stringMatching(
                new RegExp(`^It is unknown whether web \\(web@${digest}\\) is clean: .*${message}`),
              ) as object,
              hint: expect.stringMatching(new RegExp(hint)) as object,
            },
          },
        ],
      },
    ]);
  });
});

test.each([
  { mode: 'BASIC', frequency: 'SCAN_ON_PUSH', status: 'COMPLETE' },
  { mode: 'ENHANCED', frequency: 'CONTINUOUS_SCAN', status: 'COMPLETE' },
  { mode: 'ENHANCED', frequency: 'CONTINUOUS_SCAN', status: 'ACTIVE' },
  // Amazon Inspector shows such an image as inactive after its only scan.
  { mode: 'ENHANCED', frequency: 'SCAN_ON_PUSH', status: 'COMPLETE' },
] as const)(
  '$mode: a clean $frequency with the status $status passes',
  async ({ mode, frequency, status }) => {
    const scene = await team();
    await scene.shared.configureScanning(mode, frequency);
    scene.emulator.addFindings({ 'web:v1': { status } });
    const { images, codes } = await gate(scene, { images: { web: [] } });
    expect([images[0]?.verdict, images[0]?.subjects[0]?.status, codes]).toEqual(['pass', status, []]);
  },
);

const unfinished = (['BASIC', 'ENHANCED'] as const).flatMap((mode) =>
  (['PENDING', 'IN_PROGRESS'] as const).map((status) => ({ mode, status })),
);

describe.each(unfinished)('$mode: a scan that stays $status', ({ mode, status }) => {
  /** Gates the image `web`, whose scan does not end. */
  const gateUnfinished = async (timeout: number): Promise<GateEnding> => {
    const scene = await team();
    await scene.shared.configureScanning(mode, mode === 'BASIC' ? 'SCAN_ON_PUSH' : 'CONTINUOUS_SCAN');
    scene.emulator.addFindings({ 'web:v1': { status } });
    return gate(scene, { images: { web: [] }, timeout });
  };

  test('times out, names the time and the status, and is unknown', async () => {
    const { images, codes } = await gateUnfinished(120_000);
    expect(codes).toEqual(['gate-timeout']);
    expect(images[0]).toMatchObject({
      verdict: 'unknown',
      subjects: [
        {
          mode: mode.toLowerCase(),
          status,
          reason: { message: expect.stringContaining(`within 2 min 0 s: the scan is ${status}.`) as object },
        },
      ],
    });
  });

  test('is read less and less often', async () => {
    const { requests } = await gateUnfinished(600_000);
    const readings = requests.filter(({ operation }) => operation === 'ecr:DescribeImageScanFindings');
    expect(readings.length).toBeGreaterThan(20);
    expect(readings.length).toBeLessThan(60);
  });
});

test('an image whose findings are still missing at the timeout is unknown', async () => {
  const scene = await team();
  scene.emulator.addFindings({
    'web:v1': { status: 'COMPLETE', findingsAfterMs: 8000, findings: basicFindings('LOW') },
  });
  const { images, codes } = await gate(scene, { images: { web: [] }, timeout: 4000 });
  expect(codes).toEqual(['gate-timeout']);
  expect(images[0]?.subjects[0]?.reason?.message).toMatch(
    /^The findings of web .* were still changing after 4.0 s\.$/,
  );
});

describe('an image that ECR cannot scan', () => {
  const script: Script = { status: 'UNSUPPORTED_IMAGE' };

  test.each(['warn', 'report'] as const)(
    'does not fail the gate with on-unsupported: %s, but its verdict stays unknown',
    async (onUnsupported) => {
      const { images, green } = await gateWeb(script, { policy: { onUnsupported } });
      expect([green, images[0]?.verdict]).toEqual([true, 'unknown']);
      expect(images.flatMap(toleratedOf)).toHaveLength(onUnsupported === 'warn' ? 1 : 0);
    },
  );

  test('fails the gate with on-unsupported: warn if another platform fails', async () => {
    const scene = await team();
    await scene.shared.createRepository('api');
    await scene.publish('api', 'v1', { name: 'api', platforms: ['linux/amd64', 'linux/arm64'] });
    const first = await gate(scene, { images: { api: [] } });
    const digests = first.images[0]?.subjects.map((subject) => subject.digest) ?? [];
    scene.emulator.addFindings({
      [digests[0] ?? '']: script,
      [digests[1] ?? '']: { findings: basicFindings('CRITICAL') },
    });
    const { images, codes } = await gate(scene, { images: { api: [] }, policy: { onUnsupported: 'warn' } });
    expect([images[0]?.verdict, codes]).toEqual(['fail', ['gate-failed']]);
  });

  test.each(['FAILED', 'IMAGE_ARCHIVED'] as const)(
    'is different from one whose scan is %s, which fails the gate with on-unsupported: warn',
    async (status) => {
      const { green } = await gateWeb({ status }, { policy: { onUnsupported: 'warn' } });
      expect(green).toBe(false);
    },
  );
});
