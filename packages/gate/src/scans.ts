import { forAll } from '@towpath/concurrency';
import { readScan, scanFrequency, type Scan, type ScanMode } from '@towpath/ecr';
import { CodedError } from '@towpath/errors';
import type { Runtime } from '@towpath/flow';
import type { Session } from '@towpath/session';
import type { PrivateRepository, Scannable } from './subjects.ts';

/** A manifest that ECR scans, and the image that it belongs to. */
export interface Subject extends Scannable {
  readonly image: string;
  readonly location: PrivateRepository;
  readonly mode: ScanMode;
}

/** The last response of ECR for a subject. */
export interface ScanOutcome {
  readonly subject: Subject;
  readonly scan: Scan;
  /** Set if the scan did not finish in this time, in milliseconds. */
  readonly timedOutAfter?: number;
  /** Set if no scan exists and the repository does not start one by itself. */
  readonly neverScanned?: true;
}

/** Statuses of an unfinished scan. ABSENT is usual right after a push. */
const underWay = new Set(['ABSENT', 'PENDING', 'IN_PROGRESS']);
/** Statuses whose findings count once consecutive responses agree. */
const scanned = new Set(['COMPLETE', 'ACTIVE']);

const firstPause = 1_000;
const longestPause = 15_000;
/** The number of equal responses that settle a scan, because ECR may report COMPLETE before the findings exist. */
const equalReadings = { some: 2, none: 3 };

/**
 * Waits until every scan has settled or the timeout is over. If one scan cannot be read, the wait ends at once.
 *
 * @param timeout in milliseconds
 * @throws CodedError `cancelled` that lists the scans that have not settled
 */
export async function awaitScans(
  subjects: readonly Subject[],
  timeout: number,
  session: Session,
  runtime: Runtime,
): Promise<readonly ScanOutcome[]> {
  const deadline = runtime.clock.now().getTime() + timeout;
  const settled = new Set<Subject>();
  const wait = async (subject: Subject, failed: AbortSignal): Promise<ScanOutcome> => {
    const outcome = await awaitScan(subject, { timeout, deadline }, session, runtime, failed);
    settled.add(subject);
    return outcome;
  };
  try {
    return await forAll(subjects, wait, { limit: Infinity, signal: runtime.signal });
  } catch (error) {
    throw runtime.signal.aborted ? cancelled(subjects, settled) : error;
  }
}

function cancelled(subjects: readonly Subject[], settled: ReadonlySet<Subject>): CodedError {
  const list = (some: readonly Subject[]) => some.map(nameOf).join(', ') || 'none';
  const finished = subjects.filter((subject) => settled.has(subject));
  const waiting = subjects.filter((subject) => !settled.has(subject));
  return new CodedError(
    'cancelled',
    `The run was cancelled. Scans that finished: ${list(finished)}. Scans that did not finish: ${list(waiting)}. Nothing was judged.`,
    { hint: 'Run it again. ECR continues to scan in the meantime.' },
  );
}

async function awaitScan(
  subject: Subject,
  { timeout, deadline }: { readonly timeout: number; readonly deadline: number },
  session: Session,
  { clock, log }: Runtime,
  failed: AbortSignal,
): Promise<ScanOutcome> {
  const { registry, repository } = subject.location;
  const ecr = session.ecr(registry);
  const frequency = () => scanFrequency(session.aws(registry), ecr, repository);
  let status = '';
  let equal = 0;
  let previous = '';
  for (let pause = firstPause; ; pause = Math.min(longestPause, pause * 1.5)) {
    const scan = await readScan(ecr, repository, subject.digest, failed);
    if (scan.status !== status)
      log.info(
        `${nameOf(subject)}: ${scan.status}${scan.description === '' ? '' : ` (${scan.description})`}`,
      );
    if (status === '' && scan.status === 'ABSENT' && (await frequency()) === 'MANUAL')
      return { subject, scan, neverScanned: true };
    ({ status } = scan);
    const reading = JSON.stringify(scan);
    equal = reading === previous ? equal + 1 : 1;
    previous = reading;
    const enough = scan.findings.length > 0 ? equalReadings.some : equalReadings.none;
    if (!underWay.has(status) && (!scanned.has(status) || equal >= enough)) return { subject, scan };
    if (clock.now().getTime() + pause > deadline) return { subject, scan, timedOutAfter: timeout };
    await clock.sleep(pause, failed);
  }
}

/** Returns, for example, `backend` or `backend for linux/arm64`. */
export function nameOf({ image, platform }: Pick<Subject, 'image' | 'platform'>): string {
  return platform === undefined ? image : `${image} for ${platform}`;
}
