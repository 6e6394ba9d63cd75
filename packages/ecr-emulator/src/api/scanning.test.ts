import {
  CreateRepositoryCommand,
  DescribeImageScanFindingsCommand,
  DescribeImagesCommand,
  GetRegistryScanningConfigurationCommand,
  PutRegistryScanningConfigurationCommand,
  ScanStatus,
  StartImageScanCommand,
  type DescribeImageScanFindingsResponse,
  type ECRClient,
  type ImageScanFinding,
} from '@aws-sdk/client-ecr';
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Emulator } from '../emulator.ts';
import { ecrClient, ours, start } from '../harness/emulator.ts';
import { refusalOf } from '../harness/refusal.ts';
import { imageOf, indexOf, push, registryClient, type RegistryClient } from '../harness/registry.ts';

const delays = { notFound: 10_000, pending: 20_000, inProgress: 30_000, findings: 40_000 };
const critical: ImageScanFinding = {
  name: 'CVE-2026-0001',
  severity: 'CRITICAL',
  attributes: [{ key: 'package_name', value: 'zlib' }],
};
const low: ImageScanFinding = { name: 'CVE-2026-0002', severity: 'LOW' };
const image = imageOf('image');
const scanned = { repositoryName: 'scanned', imageId: { imageTag: 'v1' } };
const unscanned = { repositoryName: 'unscanned', imageId: { imageTag: 'v1' } };

let emulator: Emulator;
let ecr: ECRClient;
let registry: RegistryClient;

beforeEach(async () => {
  emulator = await start({ clock: () => 1_795_000_000_000, scanDelays: delays });
  ecr = ecrClient(emulator);
  registry = await registryClient(emulator);
  await ecr.send(
    new CreateRepositoryCommand({
      repositoryName: 'scanned',
      imageScanningConfiguration: { scanOnPush: true },
    }),
  );
  await ecr.send(new CreateRepositoryCommand({ repositoryName: 'unscanned' }));
});

function findings(
  request: { repositoryName: string; imageId: { imageTag?: string; imageDigest?: string } } = scanned,
  page: { maxResults?: number; nextToken?: string | undefined } = {},
): Promise<DescribeImageScanFindingsResponse> {
  return ecr.send(new DescribeImageScanFindingsCommand({ ...request, ...page }));
}

async function status(): Promise<string | undefined> {
  return (await findings()).imageScanStatus?.status;
}

function configure(
  scanType: 'BASIC' | 'ENHANCED',
  scanFrequency: 'SCAN_ON_PUSH' | 'CONTINUOUS_SCAN',
  filter: string,
): Promise<unknown> {
  const rules = [{ scanFrequency, repositoryFilters: [{ filter, filterType: 'WILDCARD' as const }] }];
  return ecr.send(new PutRegistryScanningConfigurationCommand({ scanType, rules }));
}

describe('a basic scan', () => {
  test('passes through its states and completes before its findings are available', async () => {
    emulator.addFindings({ v1: { findings: [critical] } });
    await push(registry, 'scanned', 'v1', image);
    expect(await refusalOf(findings())).toEqual({
      name: 'ScanNotFoundException',
      message: `Image scan does not exist for the image with '{imageDigest:'null', imageTag:'v1'}' in the repository with name 'scanned' in the registry with id '${ours}'`,
    });
    emulator.advance(delays.notFound);
    expect(await status()).toBe('PENDING');
    emulator.advance(delays.pending);
    expect(await status()).toBe('IN_PROGRESS');
    emulator.advance(delays.inProgress);
    const early = await findings();
    expect([early.imageScanStatus?.status, early.imageScanFindings?.findings]).toEqual(['COMPLETE', []]);
    emulator.advance(delays.findings);
    expect(await findings()).toMatchObject({
      registryId: ours,
      repositoryName: 'scanned',
      imageId: { imageDigest: image.digest, imageTag: 'v1' },
      imageScanStatus: { status: 'COMPLETE', description: 'The scan was completed successfully.' },
      imageScanFindings: {
        findings: [critical],
        findingSeverityCounts: { CRITICAL: 1 },
        imageScanCompletedAt: new Date(1_795_000_060_000),
      },
    });
  });

  test('of an image without a script has no findings', async () => {
    await push(registry, 'scanned', 'v1', image);
    emulator.advance(200_000);
    expect((await findings()).imageScanFindings).toMatchObject({ findings: [], findingSeverityCounts: {} });
  });

  test('does not start by default', async () => {
    await push(registry, 'unscanned', 'v1', image);
    emulator.advance(200_000);
    expect(await refusalOf(findings(unscanned))).toMatchObject({ name: 'ScanNotFoundException' });
  });

  test('starts on demand, once in 24 hours', async () => {
    await push(registry, 'unscanned', 'v1', image);
    const started = await ecr.send(new StartImageScanCommand(unscanned));
    expect(started.imageScanStatus).toEqual({ status: 'IN_PROGRESS' });
    const again = {
      name: 'LimitExceededException',
      message: 'The scan quota per image has been exceeded. Wait and try again.',
    };
    expect(await refusalOf(ecr.send(new StartImageScanCommand(unscanned)))).toEqual(again);
    emulator.advance(24 * 3_600_000);
    await ecr.send(new StartImageScanCommand(unscanned));
  });

  test('on push counts as the one scan in 24 hours', async () => {
    await push(registry, 'scanned', 'v1', image);
    expect(await refusalOf(ecr.send(new StartImageScanCommand(scanned)))).toMatchObject({
      name: 'LimitExceededException',
    });
  });

  test('starts on push by a rule of the registry', async () => {
    await configure('BASIC', 'SCAN_ON_PUSH', 'un*');
    await push(registry, 'unscanned', 'v1', image);
    emulator.advance(200_000);
    expect((await findings(unscanned)).imageScanStatus?.status).toBe('COMPLETE');
  });

  test('returns pages, each with its own severity counts', async () => {
    emulator.addFindings({ v1: { findings: [critical, low, low] } });
    await push(registry, 'scanned', 'v1', image);
    emulator.advance(200_000);
    const first = await findings(scanned, { maxResults: 1 });
    expect(first.imageScanFindings).toMatchObject({
      findings: [critical],
      findingSeverityCounts: { CRITICAL: 1 },
    });
    const second = await findings(scanned, { nextToken: first.nextToken });
    expect(second.imageScanFindings).toMatchObject({
      findings: [low, low],
      findingSeverityCounts: { LOW: 2 },
    });
    expect(second.nextToken).toBeUndefined();
  });

  test.each(Object.values(ScanStatus))(
    'ends in the scripted status %s, with findings if ECR returns them for it',
    async (scripted) => {
      emulator.addFindings({ v1: { status: scripted, description: 'scripted', findings: [low] } });
      await push(registry, 'scanned', 'v1', image);
      emulator.advance(200_000);
      const { imageScanStatus, imageScanFindings } = await findings();
      expect(imageScanStatus).toEqual({ status: scripted, description: 'scripted' });
      expect(imageScanFindings?.findings).toEqual(
        ['ACTIVE', 'COMPLETE'].includes(scripted) ? [low] : undefined,
      );
    },
  );

  test('ends in a scripted status that the SDK does not know, without findings', async () => {
    emulator.addFindings({ v1: { newStatus: 'DEFERRED', findings: [low] } });
    await push(registry, 'scanned', 'v1', image);
    emulator.advance(200_000);
    const { imageScanStatus, imageScanFindings } = await findings();
    expect([imageScanStatus?.status, imageScanFindings]).toEqual(['DEFERRED', undefined]);
  });

  test('returns the findings of one image later than those of others', async () => {
    emulator.addFindings({ v1: { findings: [low], findingsAfterMs: 300_000 } });
    await push(registry, 'scanned', 'v1', image);
    emulator.advance(200_000);
    expect((await findings()).imageScanFindings?.findings).toEqual([]);
    emulator.advance(200_000);
    expect((await findings()).imageScanFindings?.findings).toEqual([low]);
  });

  test('is not available for an index', async () => {
    await push(registry, 'scanned', image.digest, image);
    await push(registry, 'scanned', 'v1', indexOf([image]));
    emulator.advance(200_000);
    expect(await refusalOf(findings())).toMatchObject({ name: 'ScanNotFoundException' });
    expect(await refusalOf(ecr.send(new StartImageScanCommand(scanned)))).toMatchObject({
      name: 'UnsupportedImageTypeException',
    });
  });

  test('of an artifact ends in UNSUPPORTED_IMAGE', async () => {
    await push(registry, 'scanned', 'v1', imageOf('sbom', { artifactType: 'application/spdx+json' }));
    emulator.advance(200_000);
    expect(await status()).toBe('UNSUPPORTED_IMAGE');
  });
});

describe('with enhanced scanning', () => {
  const finding = {
    severity: 'HIGH',
    title: 'CVE-2026-0003 - openssl',
    fixAvailable: 'YES',
    firstObservedAt: new Date('2026-11-01T00:00:00Z'),
    packageVulnerabilityDetails: {
      vulnerabilityId: 'CVE-2026-0003',
      vulnerablePackages: [{ name: 'openssl', version: '3.0', fixedInVersion: '3.1' }],
    },
  };

  test('an image gets status ACTIVE and enhanced findings', async () => {
    await configure('ENHANCED', 'CONTINUOUS_SCAN', '*');
    emulator.addFindings({ [image.digest]: { enhancedFindings: [finding] } });
    await push(registry, 'unscanned', 'v1', image);
    emulator.advance(delays.notFound + delays.pending);
    expect((await findings(unscanned)).imageScanStatus?.status).toBe('PENDING');
    emulator.advance(200_000);
    const result = await findings(unscanned);
    expect(result.imageScanStatus?.status).toBe('ACTIVE');
    expect(result.imageScanFindings).toMatchObject({
      enhancedFindings: [finding],
      findingSeverityCounts: { HIGH: 1 },
    });
    expect(result.imageScanFindings?.findings).toBeUndefined();
  });

  test('a clean image gets an empty list of enhanced findings', async () => {
    await configure('ENHANCED', 'CONTINUOUS_SCAN', '*');
    await push(registry, 'unscanned', 'v1', image);
    emulator.advance(200_000);
    const { imageScanFindings } = await findings(unscanned);
    expect(imageScanFindings).toMatchObject({ enhancedFindings: [] });
    expect(imageScanFindings?.findings).toBeUndefined();
  });

  test('older images are scanned too, up to 30 days', async () => {
    const early = imageOf('early');
    await push(registry, 'unscanned', 'early', early);
    emulator.advance(20 * 24 * 3_600_000);
    registry = await registryClient(emulator);
    await push(registry, 'unscanned', 'v1', image);
    emulator.advance(20 * 24 * 3_600_000);
    await configure('ENHANCED', 'CONTINUOUS_SCAN', '*');
    expect(await refusalOf(findings(unscanned))).toMatchObject({ name: 'ScanNotFoundException' });
    emulator.advance(200_000);
    expect((await findings(unscanned)).imageScanStatus?.status).toBe('ACTIVE');
    const old = findings({ repositoryName: 'unscanned', imageId: { imageTag: 'early' } });
    expect(await refusalOf(old)).toMatchObject({ name: 'ScanNotFoundException' });
  });

  test('a scan on demand is rejected', async () => {
    await push(registry, 'unscanned', 'v1', image);
    await configure('ENHANCED', 'CONTINUOUS_SCAN', '*');
    expect(await refusalOf(ecr.send(new StartImageScanCommand(unscanned)))).toEqual({
      name: 'ValidationException',
      message: 'This feature is disabled',
    });
  });
});

test.each([
  [{ v1: { finding: [] } }, 'unknown finding'],
  [{ v1: { status: 'DONE' } }, 'must satisfy enum value set'],
  [{ v1: { findings: [{ severity: 'BAD' }] } }, 'findings.1.member.severity'],
  [{ 'sha256:abc': {} }, 'sha256:abc is not a digest'],
  ['nothing', 'must be an object'],
])('rejects invalid findings: %j', async (body, reason) => {
  const response = await fetch(`${emulator.api}/_emulator/findings`, {
    method: 'PUT',
    body: JSON.stringify(body),
  });
  expect([response.status, await response.text()]).toEqual([400, expect.stringContaining(reason)]);
});

test('stores the scanning configuration of the caller’s registry', async () => {
  await configure('ENHANCED', 'CONTINUOUS_SCAN', 'prod-*');
  expect(await ecr.send(new GetRegistryScanningConfigurationCommand())).toMatchObject({
    registryId: ours,
    scanningConfiguration: {
      scanType: 'ENHANCED',
      rules: [
        {
          scanFrequency: 'CONTINUOUS_SCAN',
          repositoryFilters: [{ filter: 'prod-*', filterType: 'WILDCARD' }],
        },
      ],
    },
  });
  const foreign = ecrClient(emulator, { account: '444455556666' });
  expect(await foreign.send(new GetRegistryScanningConfigurationCommand())).toMatchObject({
    scanningConfiguration: { scanType: 'BASIC', rules: [] },
  });
});

test('describes an image with its scan', async () => {
  emulator.addFindings({ 'scanned:v1': { findings: [critical, low] } });
  await push(registry, 'scanned', 'v1', image);
  emulator.advance(200_000);
  const { imageDetails } = await ecr.send(new DescribeImagesCommand({ repositoryName: 'scanned' }));
  expect(imageDetails?.[0]).toMatchObject({
    imageScanStatus: { status: 'COMPLETE' },
    imageScanFindingsSummary: { findingSeverityCounts: { CRITICAL: 1, LOW: 1 } },
  });
});
