import { CreateRepositoryCommand, PutRegistryScanningConfigurationCommand } from '@aws-sdk/client-ecr';
import {
  BatchGetFindingDetailsCommand,
  ListCoverageCommand,
  ListFindingsCommand,
  type FilterCriteria,
  type Inspector2Client,
} from '@aws-sdk/client-inspector2';
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Emulator } from '../emulator.ts';
import { ecrClient, inspectorClient, ours, start, theirs } from '../harness/emulator.ts';
import { refusalOf } from '../harness/refusal.ts';
import { imageOf, push, registryClient, type RegistryClient } from '../harness/registry.ts';

const delays = { notFound: 10_000, pending: 20_000, inProgress: 30_000, findings: 40_000 };
const image = imageOf('image');
const vector = 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H';

/** A finding with all fields of ECR. */
const complete = {
  title: 'CVE-2026-1234 - openssl',
  description: 'An overflow.',
  severity: 'HIGH',
  status: 'ACTIVE',
  score: 9.8,
  scoreDetails: {
    cvss: {
      score: 9.8,
      scoreSource: 'NVD',
      scoringVector: vector,
      version: '3.1',
      adjustments: [{ metric: 'AV', reason: 'The image is not reachable.' }],
    },
  },
  fixAvailable: 'PARTIAL',
  exploitAvailable: 'YES',
  firstObservedAt: new Date('2026-11-01T00:00:00Z'),
  lastObservedAt: new Date('2026-11-02T00:00:00Z'),
  updatedAt: new Date('2026-11-02T00:00:00Z'),
  type: 'PACKAGE_VULNERABILITY',
  awsAccountId: ours,
  findingArn: `arn:aws:inspector2:us-east-1:${ours}:finding/${'a'.repeat(32)}`,
  remediation: { recommendation: { text: 'Upgrade.' } },
  resources: [
    { type: 'AWS_ECR_CONTAINER_IMAGE', details: { awsEcrContainerImage: { platform: 'DEBIAN_12' } } },
  ],
  packageVulnerabilityDetails: {
    vulnerabilityId: 'CVE-2026-1234',
    source: 'DEBIAN_CVE',
    sourceUrl: 'https://security-tracker.debian.org/tracker/CVE-2026-1234',
    relatedVulnerabilities: ['GHSA-2222-3333-4444'],
    referenceUrls: ['https://example.com'],
    vendorSeverity: 'not yet assigned',
    vendorCreatedAt: new Date('2026-10-01T00:00:00Z'),
    cvss: [{ baseScore: 9.8, scoringVector: vector, source: 'NVD', version: '3.1' }],
    vulnerablePackages: [
      {
        name: 'openssl',
        version: '3.0.1',
        epoch: 1,
        release: '1',
        arch: 'AMD64',
        packageManager: 'OS',
        filePath: 'var/lib/dpkg/status',
        fixedInVersion: '1:3.0.2-1',
        sourceLayerHash: `sha256:${'b'.repeat(64)}`,
      },
    ],
  },
};

let emulator: Emulator;
let inspector: Inspector2Client;
let registry: RegistryClient;

beforeEach(async () => {
  emulator = await start({ clock: () => 1_795_000_000_000, scanDelays: delays });
  inspector = inspectorClient(emulator);
  registry = await registryClient(emulator);
  const ecr = ecrClient(emulator);
  await ecr.send(new CreateRepositoryCommand({ repositoryName: 'backend' }));
  await ecr.send(
    new PutRegistryScanningConfigurationCommand({
      scanType: 'ENHANCED',
      rules: [
        { scanFrequency: 'CONTINUOUS_SCAN', repositoryFilters: [{ filter: '*', filterType: 'WILDCARD' }] },
      ],
    }),
  );
});

async function list(filterCriteria?: FilterCriteria): Promise<(string | undefined)[]> {
  const { findings = [] } = await inspector.send(new ListFindingsCommand({ filterCriteria }));
  return findings.map(({ packageVulnerabilityDetails }) => packageVulnerabilityDetails?.vulnerabilityId);
}

async function coverage(): Promise<string | undefined> {
  const { coveredResources = [] } = await inspector.send(new ListCoverageCommand({}));
  return coveredResources[0]?.scanStatus?.reason;
}

describe('ListFindings', () => {
  test('returns the findings of an enhanced scan with all fields, and the EPSS', async () => {
    emulator.addFindings({
      v1: { enhancedFindings: [complete], vulnerabilities: { 'CVE-2026-1234': { epssScore: 0.5 } } },
    });
    await push(registry, 'backend', 'v1', image);
    emulator.advance(200_000);
    const { findings } = await inspector.send(new ListFindingsCommand({}));
    const { score, scoreDetails, resources, ...same } = complete;
    expect(findings).toMatchObject([
      {
        ...same,
        inspectorScore: score,
        inspectorScoreDetails: { adjustedCvss: scoreDetails.cvss },
        epss: { score: 0.5 },
        resources: [
          {
            ...resources[0],
            details: {
              awsEcrContainerImage: {
                imageHash: image.digest,
                repositoryName: 'backend',
                pushedAt: new Date(1_795_000_000_000),
                platform: 'DEBIAN_12',
              },
            },
          },
        ],
      },
    ]);
  });

  test('returns pages, in the same order each time', async () => {
    const enhancedFindings = Array.from({ length: 250 }, (_, index) => ({
      title: `CVE-2026-${1000 + index}`,
    }));
    emulator.addFindings({ v1: { enhancedFindings } });
    await push(registry, 'backend', 'v1', image);
    emulator.advance(200_000);
    const titles: (string | undefined)[] = [];
    const sizes: number[] = [];
    let nextToken: string | undefined;
    do {
      const page = await inspector.send(new ListFindingsCommand({ maxResults: 100, nextToken }));
      titles.push(...(page.findings ?? []).map(({ title }) => title));
      sizes.push(page.findings?.length ?? 0);
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    expect(sizes).toEqual(Array.from({ length: 10 }, () => 25));
    expect(new Set(titles).size).toBe(250);
    expect(await refusalOf(inspector.send(new ListFindingsCommand({ nextToken: 'x' })))).toMatchObject({
      name: 'ValidationException',
    });
  });

  test('filters, and refuses filters that are not emulated', async () => {
    emulator.addFindings({
      v1: { enhancedFindings: [complete, { title: 'CVE-2026-5678', severity: 'LOW', status: 'SUPPRESSED' }] },
    });
    await push(registry, 'backend', 'v1', image);
    emulator.advance(200_000);
    expect(await list({ ecrImageHash: [{ comparison: 'EQUALS', value: image.digest }] })).toHaveLength(2);
    expect(await list({ ecrImageHash: [{ comparison: 'EQUALS', value: 'sha256:0' }] })).toEqual([]);
    expect(await list({ findingStatus: [{ comparison: 'NOT_EQUALS', value: 'SUPPRESSED' }] })).toEqual([
      'CVE-2026-1234',
    ]);
    expect(await list({ vulnerabilityId: [{ comparison: 'PREFIX', value: 'CVE-2026-5' }] })).toEqual([
      'CVE-2026-5678',
    ]);
    expect(await refusalOf(list({ componentId: [{ comparison: 'EQUALS', value: 'x' }] }))).toMatchObject({
      name: 'ValidationException',
    });
  });

  test('has no findings of another account or of a registry with basic scanning', async () => {
    emulator.addFindings({ v1: { enhancedFindings: [complete] } });
    await push(registry, 'backend', 'v1', image);
    emulator.advance(200_000);
    const { findings } = await inspectorClient(emulator, { account: theirs }).send(
      new ListFindingsCommand({}),
    );
    expect(findings).toEqual([]);
    await ecrClient(emulator).send(
      new PutRegistryScanningConfigurationCommand({ scanType: 'BASIC', rules: [] }),
    );
    expect(await list()).toEqual([]);
  });
});

test('BatchGetFindingDetails returns what CISA’s catalog has, and an error for an unknown finding', async () => {
  const dateAdded = new Date('2026-10-05T00:00:00Z');
  emulator.addFindings({
    v1: {
      enhancedFindings: [complete],
      vulnerabilities: { 'CVE-2026-1234': { cisaData: { dateAdded }, epssScore: 0.5 } },
    },
  });
  await push(registry, 'backend', 'v1', image);
  emulator.advance(200_000);
  const unknown = complete.findingArn.replace('aaaa', 'bbbb');
  const answer = await inspector.send(
    new BatchGetFindingDetailsCommand({ findingArns: [complete.findingArn, unknown] }),
  );
  expect(answer).toMatchObject({
    findingDetails: [{ findingArn: complete.findingArn, cisaData: { dateAdded }, epssScore: 0.5 }],
    errors: [{ findingArn: unknown, errorCode: 'FINDING_DETAILS_NOT_FOUND' }],
  });
  const tooMany = Array.from({ length: 11 }, () => complete.findingArn);
  expect(
    await refusalOf(inspector.send(new BatchGetFindingDetailsCommand({ findingArns: tooMany }))),
  ).toMatchObject({ name: 'ValidationException' });
});

test('ListCoverage shows an image as pending until its findings have arrived', async () => {
  await push(registry, 'backend', 'v1', image);
  expect(await coverage()).toBe('PENDING_INITIAL_SCAN');
  emulator.advance(delays.notFound + delays.pending + delays.inProgress);
  expect(await coverage()).toBe('PENDING_INITIAL_SCAN');
  emulator.advance(delays.findings);
  expect(await coverage()).toBe('SUCCESSFUL');
});

test.each([
  ['SCAN_ON_PUSH', 'SCAN_FREQUENCY_SCAN_ON_PUSH'],
  ['MANUAL', 'SCAN_FREQUENCY_MANUAL'],
] as const)('ListCoverage shows the frequency %s of a repository', async (scanFrequency, reason) => {
  const repositoryFilters = [{ filter: '*', filterType: 'WILDCARD' as const }];
  await ecrClient(emulator).send(
    new PutRegistryScanningConfigurationCommand({
      scanType: 'ENHANCED',
      rules: [{ scanFrequency, repositoryFilters }],
    }),
  );
  await push(registry, 'backend', 'v1', image);
  emulator.advance(200_000);
  const { coveredResources } = await inspector.send(new ListCoverageCommand({}));
  expect(coveredResources).toMatchObject([
    {
      scanStatus: { statusCode: 'INACTIVE', reason },
      resourceMetadata: { ecrRepository: { name: 'backend', scanFrequency } },
    },
  ]);
});

test('ListCoverage shows why an image has no findings', async () => {
  emulator.addFindings({ v1: { status: 'SCAN_ELIGIBILITY_EXPIRED' } });
  await push(registry, 'backend', 'v1', image);
  emulator.advance(200_000);
  expect(await coverage()).toBe('SCAN_ELIGIBILITY_EXPIRED');
});

test('a script with an invalid fact is refused', () => {
  expect(() => {
    emulator.addFindings({
      v1: { vulnerabilities: { 'CVE-2026-1234': { epssScore: 'high' as unknown as number } } },
    });
  }).toThrow('vulnerabilities.CVE-2026-1234.epssScore must be a number');
});
