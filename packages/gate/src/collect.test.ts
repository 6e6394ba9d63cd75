import { describe, expect, test } from '@jest/globals';
import type { LoggedRequest } from '@towpath/ecr-emulator';
import { scenario, type Scenario } from '@towpath/testing';
import { gate, type GateEnding } from './harness/gate.ts';
import { basicFindings, days, hours, reader, team } from './harness/team.ts';

const reading = 'ecr:DescribeImageScanFindings';
const web = { images: { web: [] } };

function count(requests: readonly LoggedRequest[], operation: string): number {
  return requests.filter((one) => one.operation === operation).length;
}

function enhancedFindings(count = 1): object[] {
  return Array.from({ length: count }, (_, index) => ({
    severity: 'CRITICAL',
    packageVulnerabilityDetails: { vulnerabilityId: `CVE-2026-${1000 + index}` },
  }));
}

function countsOf({ images }: GateEnding): unknown {
  return images.map(({ subjects }) => subjects.map(({ judgement }) => judgement.counts.critical));
}

describe('findings that arrive after the scan is complete', () => {
  test.each([{ findingsAfterMs: 500 }, { findingsAfterMs: 4000 }])(
    'are judged with basic scanning: $findingsAfterMs ms',
    async ({ findingsAfterMs }) => {
      const scene = await team();
      scene.emulator.addFindings({ 'web:v1': { findings: basicFindings('CRITICAL', 3), findingsAfterMs } });
      const ending = await gate(scene, web);
      expect([ending.codes, countsOf(ending)]).toEqual([['gate-failed'], [[3]]]);
    },
  );

  test('are judged with enhanced scanning, which takes longer', async () => {
    const scene = await team();
    await scene.shared.configureScanning('ENHANCED', 'CONTINUOUS_SCAN');
    scene.emulator.addFindings({
      'web:v1': { enhancedFindings: enhancedFindings(3), findingsAfterMs: 20_000 },
    });
    const ending = await gate(scene, web);
    expect(ending.images[0]?.subjects).toMatchObject([
      { mode: 'enhanced', status: 'ACTIVE', verdict: 'fail' },
    ]);
    expect(countsOf(ending)).toEqual([[3]]);
  });

  test('are judged in a registry of an unknown mode as with enhanced scanning', async () => {
    const scene = await team();
    const as = await reader(scene);
    scene.emulator.addFindings({
      'web:v1': { findings: basicFindings('CRITICAL'), findingsAfterMs: 20_000 },
    });
    const ending = await gate(scene, { ...web, as });
    expect([ending.codes, countsOf(ending)]).toEqual([['gate-failed'], [[1]]]);
  });
});

describe('with Amazon Inspector', () => {
  const enhancedTeam = async (findingsAfterMs = 0): Promise<Scenario> => {
    const scene = await team();
    await scene.shared.configureScanning('ENHANCED', 'CONTINUOUS_SCAN');
    const vulnerabilities = { 'CVE-2026-1000': { epssScore: 0.9 } };
    scene.emulator.addFindings({
      'web:v1': { enhancedFindings: enhancedFindings(), vulnerabilities, findingsAfterMs },
    });
    return scene;
  };

  test('an image without findings is not believed while its first scan is pending', async () => {
    const ending = await gate(await enhancedTeam(120_000), web);
    expect(countsOf(ending)).toEqual([[1]]);
  });

  test('the EPSS of a finding counts', async () => {
    const policy = { failOn: 'none', epss: 0.8 } as const;
    const { images } = await gate(await enhancedTeam(), { ...web, policy });
    expect(images[0]?.subjects[0]?.judgement.violations).toMatchObject([
      { finding: { epss: { score: 0.9 } } },
    ]);
  });

  test('a role that may not call it judges the findings of ECR, with one notice for each call', async () => {
    const scene = await enhancedTeam();
    await scene.shared.createRepository('api');
    await scene.publish('api', 'v1', { name: 'api' });
    const actions = ['ecr:GetRegistryScanningConfiguration', 'ecr:BatchGetRepositoryScanningConfiguration'];
    const as = await reader(scene, actions);
    const { annotations, codes } = await gate(scene, { images: { web: [], api: [] }, as });
    expect(codes).toEqual(['gate-failed']);
    const notices = annotations.filter(({ level }) => level === 'notice').map(({ message }) => message);
    expect(notices).toEqual([
      expect.stringContaining('Grant inspector2:ListFindings'),
      expect.stringContaining('Grant inspector2:ListCoverage'),
    ]);
  });
});

describe('the number of requests', () => {
  test('of a clean image is three readings', async () => {
    const { requests, green } = await gate(await scanned(), web);
    expect([green, count(requests, reading)]).toEqual([true, 3]);
  });

  test.each([
    { findings: 1, pages: 1 },
    { findings: 2500, pages: 3 },
  ])('of an image with $findings findings is two readings of $pages pages', async ({ findings, pages }) => {
    const scene = await scanned();
    scene.emulator.addFindings({ 'web:v1': { findings: basicFindings('CRITICAL', findings) } });
    const ending = await gate(scene, web);
    expect(countsOf(ending)).toEqual([[findings]]);
    expect(count(ending.requests, reading)).toBe(2 * pages);
  });

  test('of a scan in progress is one for each poll, and the pages of two readings', async () => {
    const scene = await team({ scanDelays: { notFound: 0, pending: 1000, inProgress: 60_000, findings: 0 } });
    scene.emulator.addFindings({ 'web:v1': { findings: basicFindings('CRITICAL', 2500) } });
    const { requests, lines } = await gate(scene, web);
    // The pauses are 1 s, 1.5 s, … 15 s: 11 polls in 61 s.
    const polls = count(requests, reading) - 2 * 3;
    expect(polls).toBeGreaterThanOrEqual(9);
    expect(polls).toBeLessThanOrEqual(11);
    expect(lines.filter((line) => line.startsWith('web: '))).toEqual([
      'web: PENDING',
      'web: IN_PROGRESS',
      'web: COMPLETE (The scan was completed successfully.)',
    ]);
  });

  test('of a manifest that several images and platforms share is that of one', async () => {
    const scene = await scanned();
    const digest = (await scene.shared.digestOf('web', 'v1')) ?? '';
    const child = { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest, size: 1 };
    const platforms = ['v6', 'v7'].map((variant) => ({ os: 'linux', architecture: 'arm', variant }));
    const index = {
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.index.v1+json',
      manifests: platforms.map((platform) => ({
        ...child,
        size: 0,
        platform,
      })),
    };
    const size = (await scene.shared.manifest('web', 'v1')).length;
    index.manifests = index.manifests.map((one) => ({ ...one, size }));
    await scene.shared.putManifest('web', Buffer.from(JSON.stringify(index)), index.mediaType, 'v2');
    const { images, requests } = await gate(scene, { images: { web: [] }, tag: 'v2' });
    expect(images[0]?.subjects.map(({ platform, verdict }) => [platform, verdict])).toEqual([
      ['linux/arm/v6', 'pass'],
      ['linux/arm/v7', 'pass'],
    ]);
    expect(count(requests, reading)).toBe(3);
  });

  test('of 50 images stays below 10 a second, and the settings take one request for 25 repositories', async () => {
    const scene = await scenario({ quotas: { [reading]: 10 } });
    const names = Array.from({ length: 50 }, (_, index) => `service-${index}`);
    for (const name of names) {
      await scene.shared.createRepository(name);
      await scene.publish(name, 'v1', { name });
    }
    const images = Object.fromEntries(names.map((name) => [name, []]));
    const { green, requests } = await gate(scene, { images });
    expect(green).toBe(true);
    expect(requests.filter(({ error }) => error !== undefined)).toEqual([]);
    expect(count(requests, reading)).toBe(150);
    expect(count(requests, 'ecr:GetRegistryScanningConfiguration')).toBe(1);
    expect(count(requests, 'ecr:BatchGetRepositoryScanningConfiguration')).toBe(2);
    expect(count(requests, 'ecr:GetAuthorizationToken')).toBe(1);
  }, 60_000);
});

test('the order of the findings over the pages changes no byte of the verdict', async () => {
  const scene = await scanned();
  const findings = basicFindings('CRITICAL', 2500);
  const judged = async (order: typeof findings) => {
    scene.emulator.addFindings({ 'web:v1': { findings: order } });
    return (await gate(scene, web)).images;
  };
  const [first] = await judged(findings);
  const [turned] = await judged(findings.toReversed());
  expect(first?.subjects[0]?.judgement.violations).toHaveLength(2500);
  expect(JSON.stringify(turned)).toBe(JSON.stringify(first));
}, 30_000);

test('a page that ECR throttles is read again, and no finding is lost', async () => {
  const scene = await scanned();
  scene.emulator.addFindings({ 'web:v1': { findings: basicFindings('CRITICAL', 2500) } });
  scene.emulator.addFault({
    kind: 'exception',
    exception: 'ThrottlingException',
    operation: reading,
    nth: 2,
    times: 2,
  });
  const ending = await gate(scene, web);
  expect([ending.codes, countsOf(ending)]).toEqual([['gate-failed'], [[2500]]]);
}, 30_000);

test('without the permission to read the settings the images are judged, and one notice for each call says so', async () => {
  const scene = await scanned();
  const { green, annotations } = await gate(scene, { ...web, as: await reader(scene) });
  expect(green).toBe(true);
  const notices = annotations.filter(({ level }) => level === 'notice').map(({ message }) => message);
  expect(notices).toEqual([
    expect.stringMatching(/^AWS denied ecr:GetRegistryScanningConfiguration .* Grant ecr:GetRegistry/),
    expect.stringMatching(/^AWS denied ecr:BatchGetRepositoryScanningConfiguration .* Grant ecr:BatchGet/),
  ]);
});

describe('an image without a scan, in a repository that does not scan on push', () => {
  test('is unknown after one reading, with the command that scans it', async () => {
    const { images, codes, requests } = await gate(await team({ scanOnPush: false }), web);
    expect(codes).toEqual(['gate-unknown']);
    expect(count(requests, reading)).toBe(1);
    expect(images[0]?.subjects[0]?.reason).toMatchObject({
      message: expect.stringContaining(
        'never scanned, because the repository does not scan on push',
      ) as object,
      hint: expect.stringMatching(
        /^Run scan-gate with rescan: true, or run: aws ecr start-image-scan .*put-image-scanning/,
      ) as object,
    });
  });

  test('is unknown at once with enhanced scanning whose filters do not match, without offering rescan', async () => {
    const scene = await team();
    await scene.shared.configureScanning('ENHANCED', 'CONTINUOUS_SCAN', 'other-*');
    await scene.publish('web', 'v2', { name: 'web', content: 'after the change' });
    const { images, requests } = await gate(scene, { ...web, tag: 'v2', rescan: true });
    expect(count(requests, reading)).toBe(1);
    expect(count(requests, 'ecr:StartImageScan')).toBe(0);
    expect(images[0]?.subjects[0]?.reason).toMatchObject({
      message: expect.stringContaining('no filter of the enhanced scanning of') as object,
      hint: expect.not.stringContaining('rescan') as object,
    });
  });

  test('is scanned and judged with rescan', async () => {
    const scene = await team({ scanOnPush: false });
    scene.emulator.addFindings({ 'web:v1': { findings: basicFindings('CRITICAL') } });
    const { codes, requests } = await gate(scene, { ...web, rescan: true });
    expect(codes).toEqual(['gate-failed']);
    expect(count(requests, 'ecr:StartImageScan')).toBe(1);
  });

  test('fails the gate with rescan if the role may not start scans', async () => {
    const scene = await team({ scanOnPush: false });
    const as = await reader(scene);
    const { codes } = await gate(scene, { ...web, rescan: true, as });
    expect(codes).toEqual(['access-denied']);
  });
});

describe('rescan', () => {
  test('scans an image again whose scan is older than a day, and judges the new scan', async () => {
    const scene = await scanned(9 * days);
    scene.emulator.addFindings({ 'web:v1': { findings: basicFindings('CRITICAL') } });
    const { images, codes } = await gate(scene, { ...web, rescan: true });
    expect(codes).toEqual(['gate-failed']);
    expect(images[0]?.subjects[0]?.scannedAt).toMatch(/^2026-01-31T/);
  });

  test('uses a scan of the last 24 hours, and does not ask for another one', async () => {
    const { green, requests } = await gate(await scanned(2 * hours), { ...web, rescan: true });
    expect([green, count(requests, 'ecr:StartImageScan')]).toEqual([true, 0]);
  });

  test('uses the existing scan if ECR refuses another one within 24 hours', async () => {
    const scene = await scanned(2 * hours);
    const maxAge = 1 * hours;
    const { images, requests } = await gate(scene, { ...web, rescan: true, maxAge, policy: { maxAge } });
    expect(count(requests, 'ecr:StartImageScan')).toBe(1);
    expect(images[0]?.subjects[0]).toMatchObject({
      verdict: 'unknown',
      reason: { hint: expect.stringContaining('ECR scans an image once in 24 hours.') as object },
    });
  });

  test('starts no scan with enhanced scanning', async () => {
    const scene = await team();
    await scene.shared.configureScanning('ENHANCED', 'CONTINUOUS_SCAN');
    const { green, requests } = await gate(scene, { ...web, rescan: true });
    expect([green, count(requests, 'ecr:StartImageScan')]).toEqual([true, 0]);
  });
});

describe('the maximum age', () => {
  test.each([
    { age: 6 * days, verdict: 'pass' },
    { age: 8 * days, verdict: 'unknown' },
  ])('of 7 days makes a clean scan of an age of $age ms $verdict', async ({ age, verdict }) => {
    const { images } = await gate(await scanned(age), { ...web, policy: { maxAge: 7 * days } });
    expect(images[0]?.verdict).toBe(verdict);
  });

  test('does not turn a failed image into an unknown one', async () => {
    const scene = await scanned(8 * days);
    scene.emulator.addFindings({ 'web:v1': { findings: basicFindings('CRITICAL') } });
    const { images } = await gate(scene, { ...web, policy: { maxAge: 7 * days } });
    expect(images[0]?.verdict).toBe('fail');
  });

  test.each([
    { frequency: 'CONTINUOUS_SCAN', verdict: 'pass' },
    { frequency: 'SCAN_ON_PUSH', verdict: 'unknown' },
  ] as const)('of 1 s makes an enhanced scan with $frequency $verdict', async ({ frequency, verdict }) => {
    const scene = await team();
    await scene.shared.configureScanning('ENHANCED', frequency);
    const { images } = await gate(scene, { ...web, policy: { maxAge: 1000 } });
    expect(images[0]?.verdict).toBe(verdict);
  });
});

/** Creates a team whose image was scanned when it was pushed, some time before the gate. */
async function scanned(age = 1 * hours): Promise<Scenario> {
  return team({ age });
}
