import { forAll } from '@towpath/concurrency';
import { readScan, type Scan } from '@towpath/ecr';
import type { Runtime } from '@towpath/flow';
import { nameOf, type GatePlan, type Subject } from './plan.ts';

/** The last that ECR said of a subject. */
export interface ScanOutcome {
  readonly subject: Subject;
  readonly scan: Scan;
  /** Whether it has settled: nothing more is to be expected of it. */
  readonly settled: boolean;
  /** No scan exists, and the repository starts none by itself. */
  readonly neverScanned?: true;
}

export interface GateResult {
  readonly outcomes: readonly ScanOutcome[];
}

/** Statuses that say: wait. ABSENT is usual right after a push. */
const underWay = new Set(['ABSENT', 'PENDING', 'IN_PROGRESS']);
/** Statuses whose findings count, once two readings of them agree. */
const scanned = new Set(['COMPLETE', 'ACTIVE']);

const firstPause = 1_000;
const longestPause = 15_000;
/** How many equal readings settle a scan: ECR may say COMPLETE before the findings are there. */
const equalReadings = { some: 2, none: 3 };

/** Waits until every scan has settled, or until the time is over. If one cannot be read, none is waited for any longer. */
export async function execute(plan: GatePlan, runtime: Runtime): Promise<GateResult> {
  const deadline = runtime.clock.now().getTime() + plan.timeout;
  const wait = (subject: Subject, failed: AbortSignal) => awaitScan(subject, deadline, plan, runtime, failed);
  return { outcomes: await forAll(plan.subjects, wait, { limit: Infinity }) };
}

async function awaitScan(
  subject: Subject,
  deadline: number,
  { frequencyOf }: Pick<GatePlan, 'frequencyOf'>,
  { clock, log }: Runtime,
  failed: AbortSignal,
): Promise<ScanOutcome> {
  const { registry, repository } = subject.location;
  let status = '';
  let equal = 0;
  let previous = '';
  for (let pause = firstPause; ; pause = Math.min(longestPause, pause * 1.5)) {
    const scan = await readScan(registry, repository, subject.digest);
    if (scan.status !== status)
      log.info(
        `${nameOf(subject)}: ${scan.status}${scan.description === '' ? '' : ` (${scan.description})`}`,
      );
    if (status === '' && scan.status === 'ABSENT' && (await frequencyOf(subject.location)) === 'MANUAL')
      return { subject, scan, settled: true, neverScanned: true };
    ({ status } = scan);
    const reading = JSON.stringify(scan);
    equal = reading === previous ? equal + 1 : 1;
    previous = reading;
    const enough = scan.findings.length > 0 ? equalReadings.some : equalReadings.none;
    if (!underWay.has(status) && (!scanned.has(status) || equal >= enough))
      return { subject, scan, settled: true };
    if (clock.now().getTime() + pause > deadline) return { subject, scan, settled: false };
    await clock.sleep(pause, failed);
  }
}
