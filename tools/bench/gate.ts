import { scanGate } from '@towpath/action-scan-gate';
import type { Finding } from '@towpath/findings';
import { digestOf, parseDigest } from '@towpath/reference';
import { defaultPolicy, type GatePolicy } from '@towpath/scan-policy';
import { compare, type Measure } from './measure.ts';

type Facts = Parameters<typeof scanGate.plan>[1];
type Inputs = Parameters<typeof scanGate.plan>[0];

const files = { 'sarif-out': 'gate.sarif', 'report-out': 'gate.json' };

const platforms = ['linux/amd64', 'linux/arm64', 'linux/arm/v7'];

/** The policy with the most work: every finding is compared with ignores, scores and a baseline. */
const strict: GatePolicy = {
  ...{ ...defaultPolicy, failOn: 'low', cvss: 7, baseline: 'prod', onlyFixable: true },
  ignores: Array.from({ length: 200 }, (_, index) => ({
    ...{ id: `CVE-2026-${index * 7}`, reason: 'not reachable', owner: 'payroll', expires: '2027-01-01' },
  })),
};

/** Judging and rendering the scans of one image on 3 platforms: the CPU time after the last response. */
export async function benchGate(rounds: number): Promise<void> {
  const contender = (count: number, policy: GatePolicy, given = {}) => {
    return () => Promise.resolve(judge(count, policy, given));
  };
  await compare(
    'Judge and render an image with 3 platforms (CPU time)',
    [
      { name: '10,000 findings for each platform', run: contender(10_000, defaultPolicy) },
      { name: 'with ignores, scores and a baseline', run: contender(10_000, strict) },
      { name: 'with SARIF and JSON', run: contender(10_000, defaultPolicy, files) },
      { name: '1,000 findings for each platform', run: contender(1000, defaultPolicy) },
    ],
    rounds,
  );
}

function judge(count: number, policy: GatePolicy, given: Readonly<Record<string, string>>): Measure {
  const facts = factsOf(count, policy);
  const reading = scanGate.inputs.read({ version: '1.0.0', ...given });
  if ('problems' in reading) throw new Error(reading.problems.map(({ message }) => message).join(' '));
  const before = process.cpuUsage();
  render(reading.value, facts);
  const { user, system } = process.cpuUsage(before);
  return { milliseconds: (user + system) / 1000, memory: process.memoryUsage().heapUsed / 2 ** 20 };
}

/** What `runAction` does after the facts. */
function render(inputs: Inputs, facts: Facts): void {
  const plan = JSON.parse(JSON.stringify(scanGate.plan(inputs, facts))) as ReturnType<typeof scanGate.plan>;
  scanGate.describe(plan);
  scanGate.report(plan, { notices: [] });
}

function factsOf(count: number, policy: GatePolicy): Facts {
  const digest = parseDigest(digestOf(Buffer.from('web')));
  const host = '111122223333.dkr.ecr.us-east-1.amazonaws.com';
  const location = {
    registry: { kind: 'private', account: '111122223333', region: 'us-east-1', host } as const,
    repository: 'payroll/web',
  };
  const scans = platforms.map((platform, index) => ({
    subject: {
      ...{
        image: 'web',
        platform,
        digest,
        config: digest,
        indexes: [digest],
        location,
        mode: 'enhanced' as const,
      },
    },
    scan: { status: 'ACTIVE', description: '', findings: findingsOf(count, index) },
    ending: 'settled' as const,
  }));
  const image = {
    name: 'web',
    location,
    digest,
    collectedAt: new Date(),
    scans,
    baseline: scans,
    skipped: [],
    doubts: [],
  };
  const config = { gate: policy, images: [], environments: [] } as unknown as Facts['config'];
  return {
    ...{ config, target: undefined, images: [image], absent: [], unjudged: [], warnings: [], notices: [] },
    ...{ lines: {}, run: undefined },
  };
}

function findingsOf(count: number, seed: number): readonly Finding[] {
  const severities = ['critical', 'high', 'medium', 'low'] as const;
  return Array.from({ length: count }, (_, index) => ({
    id: `CVE-2026-${(index * 7919 + seed) % 100_000}`,
    aliases: [],
    package: {
      name: `lib${index % 500}`,
      version: '1.2.3-4',
      type: 'deb',
      path: `var/lib/dpkg/${index % 500}`,
    },
    fix: { state: 'fixed', versions: [`1.2.3-${5 + (index % 9)}`] },
    severity: severities[index % 4] ?? 'low',
    cvss: [
      { version: '3.1', vector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H', score: 9.8, source: 'nvd' },
    ],
    firstSeen: '2026-01-01T00:00:00.000Z',
    title: `A vulnerability in lib${index % 500} that allows what it should not allow`,
    uri: `https://nvd.nist.gov/vuln/detail/CVE-2026-${index}`,
    source: 'ecr-enhanced',
  }));
}
