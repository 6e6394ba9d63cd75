import { describe, expect, test } from '@jest/globals';
import type { Finding } from '@towpath/findings';
import { scenario, type Scenario } from '@towpath/testing';
import { Aws, type PrivateEcr } from './aws.ts';
import { readInspector, withInspectorFacts, type InspectorFacts } from './inspector.ts';
import { readScan } from './scan.ts';
import { parseDigest, type Digest } from '@towpath/reference';

const details = (vulnerabilityId: string, name: string) => ({
  packageVulnerabilityDetails: { vulnerabilityId, vulnerablePackages: [{ name, version: '1' }] },
});

/** An image with enhanced findings, and the facts of Inspector about them. */
async function scanned(count = 0): Promise<{ scene: Scenario; digest: Digest }> {
  const scene = await scenario();
  await scene.shared.createRepository('backend');
  await scene.shared.configureScanning('ENHANCED', 'CONTINUOUS_SCAN');
  const more = Array.from({ length: count }, (_, index) => ({
    exploitAvailable: 'YES',
    ...details(`CVE-2025-${10_000 + index}`, 'zlib'),
  }));
  scene.emulator.addFindings({
    v1: {
      enhancedFindings: [
        { severity: 'HIGH', exploitAvailable: 'YES', ...details('CVE-2026-1234', 'openssl') },
        { severity: 'HIGH', exploitAvailable: 'YES', ...details('CVE-2026-1234', 'libssl3') },
        { severity: 'LOW', exploitAvailable: 'YES', ...details('CVE-2026-5678', 'zlib') },
        { severity: 'LOW', exploitAvailable: 'NO', ...details('CVE-2026-9999', 'bash') },
        ...more,
      ],
      vulnerabilities: {
        'CVE-2026-1234': { epssScore: 0.5, cisaData: { dateAdded: new Date('2026-10-05T00:00:00Z') } },
        'CVE-2026-5678': { epssScore: 0.1 },
      },
    },
  });
  await scene.publish('backend', 'v1', { name: 'backend', content: 'backend' });
  const digest = parseDigest((await scene.shared.digestOf('backend', 'v1')) ?? '');
  scene.emulator.advance(60_000);
  scene.emulator.clearRequests();
  return { scene, digest };
}

interface Asking {
  readonly env?: Readonly<Record<string, string>>;
  readonly role?: string;
}

function connect(
  { shared, emulator }: Scenario,
  { env, role }: Asking = {},
): { aws: Aws; registry: PrivateEcr } {
  const aws = new Aws({ env: { ...shared.credentials, AWS_ENDPOINT_URL: emulator.api, ...env }, role });
  return {
    aws,
    registry: aws.registry({ kind: 'private', account: shared.id, region: 'us-east-1', host: shared.host }),
  };
}

function facts(scene: Scenario, digest: Digest, asking?: Asking): Promise<InspectorFacts> {
  const { aws, registry } = connect(scene, asking);
  return readInspector(aws, { registry, repository: 'backend', digest });
}

describe('readInspector', () => {
  test('adds the EPSS and the CISA catalog to the findings of ECR', async () => {
    const { scene, digest } = await scanned();
    const { registry } = connect(scene);
    const { findings } = await readScan(registry, 'backend', digest);
    const known = await facts(scene, digest);
    const shown = ({ id, epss, isExploited, package: affected }: Finding) => [
      id,
      affected?.name,
      epss?.score,
      isExploited,
    ];
    expect(withInspectorFacts(findings, known).map(shown)).toEqual([
      ['CVE-2026-1234', 'openssl', 0.5, true],
      ['CVE-2026-1234', 'libssl3', 0.5, true],
      ['CVE-2026-5678', 'zlib', 0.1, false],
      ['CVE-2026-9999', 'bash', undefined, false],
    ]);
    expect(known).toMatchObject({ coverage: { isScanned: true, reason: 'SUCCESSFUL' }, notices: [] });
  });

  test('reads all pages, and the details of 10 vulnerabilities in a call', async () => {
    const { scene, digest } = await scanned(147);
    await facts(scene, digest);
    const counts = Object.groupBy(scene.emulator.requests, ({ operation }) => operation);
    expect(counts['inspector2:ListFindings']).toHaveLength(7);
    expect(counts['inspector2:BatchGetFindingDetails']).toHaveLength(15);
    expect(counts['inspector2:ListCoverage']).toHaveLength(1);
  });

  test('returns a notice with the permission for each denied call', async () => {
    const { scene, digest } = await scanned();
    const role = `arn:aws:iam::${scene.shared.id}:role/gate`;
    scene.emulator.addRoles({
      [role]: { policy: { Statement: [{ Effect: 'Allow', Action: 'ecr:*', Resource: '*' }] } },
    });
    const { vulnerabilities, coverage, notices } = await facts(scene, digest, { role });
    expect([vulnerabilities.size, coverage]).toEqual([0, undefined]);
    expect(notices).toEqual([
      expect.stringContaining('Grant inspector2:ListFindings'),
      expect.stringContaining('Grant inspector2:ListCoverage'),
    ]);
  });

  test('without the right to read details returns the EPSS', async () => {
    const { scene, digest } = await scanned();
    const role = `arn:aws:iam::${scene.shared.id}:role/gate`;
    const Action = ['inspector2:List*'];
    scene.emulator.addRoles({
      [role]: { policy: { Statement: [{ Effect: 'Allow', Action, Resource: '*' }] } },
    });
    const { vulnerabilities, notices } = await facts(scene, digest, { role });
    expect(vulnerabilities.get('CVE-2026-1234')).toEqual({ epss: { score: 0.5 } });
    expect(notices).toEqual([expect.stringContaining('Grant inspector2:BatchGetFindingDetails')]);
  });

  test('fails if a call fails for another reason', async () => {
    const { scene, digest } = await scanned();
    scene.emulator.addFault({
      kind: 'exception',
      operation: 'inspector2:ListFindings',
      exception: 'ValidationException',
      message: 'no',
      nth: 1,
      times: 0,
    });
    await expect(facts(scene, digest)).rejects.toMatchObject({ code: 'outside-failed' });
  });

  test('returns one notice if Inspector is unreachable', async () => {
    const { scene, digest } = await scanned();
    const env = { AWS_ENDPOINT_URL_INSPECTOR2: 'http://127.0.0.1:9' };
    const { notices } = await facts(scene, digest, { env });
    expect(notices).toHaveLength(1);
    expect(notices[0]).toContain('Amazon Inspector is unreachable');
  });

  test('returns no coverage for an image that Inspector does not have', async () => {
    const { scene } = await scanned();
    const { coverage, vulnerabilities } = await facts(scene, parseDigest(`sha256:${'0'.repeat(64)}`));
    expect([coverage, vulnerabilities.size]).toEqual([undefined, 0]);
  });
});
