import { scanGate } from '@towpath/action-scan-gate';
import type { Finding } from '@towpath/findings';
import { plainCopy, type Journal, type Runtime } from '@towpath/flow';
import { digestOf, parseDigest } from '@towpath/reference';
import { defaultPolicy, type GatePolicy } from '@towpath/scan-policy';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

type Facts = Parameters<typeof scanGate.plan>[1];
type Inputs = Parameters<typeof scanGate.plan>[0];
type Plan = ReturnType<typeof scanGate.plan>;
type Session = Parameters<typeof scanGate.execute>[1];

const platforms = ['linux/amd64', 'linux/arm64', 'linux/arm/v7'];

/** The policy with the most work: every finding is compared with ignores, scores and a baseline. */
const strict: GatePolicy = {
  ...{ ...defaultPolicy, failOn: 'low', cvss: 7, baseline: 'prod', onlyFixable: true },
  ignores: Array.from({ length: 200 }, (_, index) => ({
    ...{ id: `CVE-2026-${index * 7}`, reason: 'not reachable', owner: 'payroll', expires: '2027-01-01' },
  })),
};

/** What `runAction` does with the facts. */
function planOf(inputs: Inputs, facts: Facts): Plan {
  const plan = plainCopy(scanGate.plan(inputs, facts)) as Plan;
  scanGate.describe(plan);
  return plan;
}

/** What `runAction` does with the plan, in a folder for the files of the report. */
async function render(plan: Plan, workspace: string): Promise<void> {
  const nothing = () => undefined;
  const runtime = {
    workspace,
    signal: new AbortController().signal,
    log: { info: nothing },
  } as unknown as Runtime;
  const journal = { wrote: nothing } as unknown as Journal;
  const session: unknown = { token: undefined };
  scanGate.report(plan, await scanGate.execute(plan, session as Session, runtime, journal));
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

/** Judges findings once, and prints the processor time in milliseconds, as both times, and the peak of the memory in MiB. */
const { values, positionals } = parseArgs({
  options: { strict: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const [count = '1000', ...outputs] = positionals;
const given = Object.fromEntries(outputs.map((output) => [output, `gate-${output}`]));
const reading = scanGate.inputs.read({ version: '1.0.0', ...given });
if ('problems' in reading) throw new Error(reading.problems.map(({ message }) => message).join(' '));
const workspace = await mkdtemp(join(tmpdir(), 'towpath-bench-'));

// As in `runAction`, nothing keeps the facts when the plan is made.
function judgeOnce(inputs: Inputs): { readonly before: NodeJS.CpuUsage; readonly plan: Plan } {
  const facts = factsOf(Number(count), values.strict ? strict : defaultPolicy);
  const before = process.cpuUsage();
  return { before, plan: planOf(inputs, facts) };
}

const { before, plan } = judgeOnce(reading.value);
await render(plan, workspace);
const { user, system } = process.cpuUsage(before);
const cpu = (user + system) / 1000;
await rm(workspace, { recursive: true });
// proc(5)
const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
process.stdout.write(JSON.stringify({ milliseconds: cpu, cpu, memory: Number(peak ?? NaN) / 1024 }));
