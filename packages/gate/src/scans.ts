import { forAll, RateLimit } from '@towpath/concurrency';
import { readScan, type Scan, type ScanStart } from '@towpath/ecr';
import { CodedError } from '@towpath/errors';
import type { Runtime } from '@towpath/flow';
import { registryKey } from '@towpath/reference';
import type { Session } from '@towpath/session';
import { Inspection } from './inspection.ts';
import { needsRescan, rescanMessages, startRescan } from './rescan.ts';
import { readingOf, settlingOf } from './settling.ts';
import type { EcrSubject, Subject } from './subjects.ts';

/** What is known about the findings of a subject. */
export type ScanOutcome = EcrOutcome | ReportOutcome<'reported'> | ReportOutcome<'not-reported'>;

/** The findings in the reports that are given instead of ECR's scan. */
export interface ReportOutcome<E extends 'reported' | 'not-reported' = 'reported' | 'not-reported'> {
  readonly subject: Subject;
  readonly scan: Scan;
  /** Whether a report is about this subject. */
  readonly ending: E;
}

/** What is known about the scan of a subject. */
export interface EcrOutcome {
  readonly subject: EcrSubject;
  /** The last response of ECR. */
  readonly scan: Scan;
  /**
   * - `settled`: no more changes are expected.
   * - `timed-out`: the scan did not finish in time, or its findings were still arriving.
   * - `never-scanned`: no scan exists, and ECR does not start one by itself.
   */
  readonly ending: 'settled' | 'timed-out' | 'never-scanned';
  /** The time that was over, in milliseconds, if it timed out. */
  readonly timeout?: number;
  /** What became of the request to scan again. Undefined if there was none. */
  readonly rescan?: ScanStart;
}

/** How to wait for scans. */
export interface Waiting {
  /** How long to wait for all scans together, in milliseconds. */
  readonly timeout: number;
  /**
   * Start a basic scan of each image without a scan, or with one that failed or that is too old. ECR allows it once in
   * 24 hours for each image; otherwise the existing scan counts.
   */
  readonly rescan?: boolean;
  /** The age from which a scan is too old, in milliseconds. Default: any age is accepted. */
  readonly maxAge?: number;
  /**
   * Whether the images were scanned long ago, so that no findings are still arriving: one reading is enough. Default:
   * false.
   */
  readonly isOld?: boolean;
}

/** What the waits of one step share. */
interface Wait extends Waiting {
  /** Milliseconds since the epoch. */
  readonly deadline: number;
  readonly session: Session;
  readonly runtime: Runtime;
  readonly inspection: Inspection;
  /** The requests of each registry, by account and region. */
  readonly rates: ReadonlyMap<string, RateLimit>;
}

/** Statuses of an unfinished scan. ABSENT is usual right after a push. */
const underWay = new Set(['ABSENT', 'PENDING', 'IN_PROGRESS']);
/** Statuses whose findings count once consecutive responses agree. */
export const scanned: ReadonlySet<string> = new Set(['COMPLETE', 'ACTIVE']);

/**
 * The maximum number of readings in a second, and at once. ECR does not publish the quota of DescribeImageScanFindings.
 * Its scarcest calls have 10 a second (ECR service quotas), and other jobs of the account need some of them.
 */
const readingsPerSecond = 8;

const firstPause = 1_000;
const longestPause = 15_000;

/**
 * Waits until every scan has settled or the timeout is over. If one scan cannot be read, the wait ends at once. A
 * manifest of several images is read once.
 *
 * @returns the outcomes, in the order of the subjects
 * @throws CodedError `cancelled` that lists the scans that have not settled
 */
export async function awaitScans(
  subjects: readonly EcrSubject[],
  waiting: Waiting,
  session: Session,
  runtime: Runtime,
): Promise<readonly EcrOutcome[]> {
  const keys = new Set(subjects.map(({ location }) => registryKey(location.registry)));
  const rates = new Map([...keys].map((key) => [key, new RateLimit(readingsPerSecond)]));
  const deadline = runtime.clock.now().getTime() + waiting.timeout;
  const inspection = new Inspection(session, runtime);
  const wait = { ...waiting, deadline, session, runtime, inspection, rates };
  const distinct = new Map(subjects.map((subject) => [keyOf(subject), subject]));
  const outcomes = new Map<string, EcrOutcome>();
  try {
    await forAll(
      distinct,
      async ([key, subject], failed) => {
        outcomes.set(key, await awaitScan(subject, wait, failed));
      },
      { limit: Infinity, signal: runtime.signal },
    );
  } catch (error) {
    const settled = new Set(subjects.filter((subject) => outcomes.has(keyOf(subject))));
    throw runtime.signal.aborted ? cancelled(subjects, settled) : error;
  }
  return subjects.flatMap((subject) => {
    const outcome = outcomes.get(keyOf(subject));
    return outcome === undefined ? [] : [{ ...outcome, subject }];
  });
}

function keyOf({ location: { registry, repository }, digest }: EcrSubject): string {
  return `${registryKey(registry)} ${repository}@${digest}`;
}

function cancelled(subjects: readonly EcrSubject[], settled: ReadonlySet<EcrSubject>): CodedError {
  const list = (some: readonly EcrSubject[]) => some.map(nameOf).join(', ') || 'none';
  const finished = subjects.filter((subject) => settled.has(subject));
  const waiting = subjects.filter((subject) => !settled.has(subject));
  return new CodedError(
    'cancelled',
    `The run was cancelled. Scans that finished: ${list(finished)}. Scans that did not finish: ${list(waiting)}. Nothing was judged.`,
    { hint: 'Run it again. ECR continues to scan in the meantime.' },
  );
}

async function awaitScan(subject: EcrSubject, wait: Wait, failed: AbortSignal): Promise<EcrOutcome> {
  const { runtime, session, deadline } = wait;
  const { clock, log } = runtime;
  let status = '';
  let equal = 0;
  let previous = '';
  let rescan: ScanStart | undefined;
  /** The end of the scan that a new one replaces. */
  let replaced: number | undefined;
  for (let backOff = firstPause, isFirst = true; ; isFirst = false) {
    const scan = await read(subject, wait, failed);
    if (scan.status !== status) log.info(`${nameOf(subject)}: ${describeStatus(scan)}`);
    ({ status } = scan);
    if (isFirst && wait.rescan === true && needsRescan(scan, clock.now(), wait.maxAge)) {
      rescan = await startRescan(subject, session, failed);
      if (rescan === 'started') replaced = scan.completedAt?.getTime() ?? 0;
      log.info(`${nameOf(subject)}: ${rescanMessages[rescan]}`);
    }
    const outcome = { subject, scan, ...(rescan !== undefined && { rescan }) };
    if (isFirst && (rescan ?? 'unsupported') === 'unsupported' && isNeverScanned(scan, subject))
      return { ...outcome, ending: 'never-scanned' };

    // Until the new scan exists, ECR returns the old one.
    const isOld = replaced !== undefined && (isFirst || scan.completedAt?.getTime() === replaced);
    const isEnded = !underWay.has(status) && !isOld;
    if (isEnded && !scanned.has(status)) return { ...outcome, ending: 'settled' };
    const reading = isEnded ? readingOf(scan) : '';
    equal = reading === previous ? equal + 1 : 1;
    previous = reading;
    const settling = settlingOf(scan, subject.mode);
    if (isEnded && (equal >= settling.readings || wait.isOld === true)) {
      const complete = await wait.inspection.complete(scan, subject);
      if (complete !== undefined) return { ...outcome, scan: complete, ending: 'settled' };
    }
    const pause = isEnded ? settling.pause : backOff;
    if (!isEnded) backOff = Math.min(longestPause, backOff * 1.5);
    if (clock.now().getTime() + pause > deadline)
      return { ...outcome, ending: 'timed-out', timeout: wait.timeout };
    await clock.sleep(pause, failed);
  }
}

async function read(
  { location: { registry, repository }, digest }: EcrSubject,
  { session, rates }: Wait,
  failed: AbortSignal,
): Promise<Scan> {
  const takeTurn = async () => rates.get(registryKey(registry))?.turn(failed);
  return readScan(session.ecr(registry), repository, digest, { signal: failed, takeTurn });
}

function describeStatus({ status, description }: Scan): string {
  return description === '' ? status : `${status} (${description})`;
}

/** Returns whether no scan exists and none will start. */
function isNeverScanned({ status }: Scan, { frequency }: Subject): boolean {
  return status === 'ABSENT' && frequency === 'MANUAL';
}

/** Returns, for example, `backend` or `backend for linux/arm64`. */
export function nameOf({ image, platform }: Pick<Subject, 'image' | 'platform'>): string {
  return platform === undefined ? image : `${image} for ${platform}`;
}
