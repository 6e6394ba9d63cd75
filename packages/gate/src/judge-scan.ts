import { scanOnPushCommand, startScanCommand } from '@towpath/ecr';
import type { Problem } from '@towpath/errors';
import { formatCount, formatDuration } from '@towpath/markdown';
import { judge, type GatePolicy, type Judgement, type Verdict } from '@towpath/scan-policy';
import { nameOf, type ScanOutcome, type Subject } from './scans.ts';

/** The gate's result for one platform of an image. Plain data. */
export interface JudgedSubject extends Subject {
  /** The scan status in ECR, or ABSENT without a scan. */
  readonly status: string;
  /** What the policy says about the findings. Only of importance if the scan is complete. */
  readonly judgement: Judgement;
  readonly verdict: Verdict;
  /** The reason why the subject does not pass. */
  readonly reason?: Problem;
}

/** Hints by scan status (ECR API, ImageScanStatus). */
const scanHints: Readonly<Record<string, string>> = {
  FAILED:
    'Scan the image again, in the Amazon ECR console or with aws ecr start-image-scan. Then re-run the failed job.',
  LIMIT_EXCEEDED: 'ECR scans an image once in 24 hours. Re-run the failed job after that.',
  SCAN_ELIGIBILITY_EXPIRED:
    'The image is older than enhanced scanning covers. Extend the scan duration in the settings of Amazon Inspector, or publish a new version.',
  UNSUPPORTED_IMAGE:
    'Basic scanning needs an operating system with a package manager that ECR knows. Use such a base image, or turn on enhanced scanning for the repository.',
};

/** Judges the scan of one subject. */
export function judgeScan(outcome: ScanOutcome, policy: GatePolicy): JudgedSubject {
  const { scan, timedOutAfter, subject } = outcome;
  const judgement = judge(scan.findings, policy, { now: new Date() });
  const common = { ...subject, status: scan.status, judgement };
  const name = `${nameOf(subject)} (${subject.location.repository}@${subject.digest})`;
  if (timedOutAfter !== undefined) {
    const message = `The scan of ${name} did not finish within ${formatDuration(timedOutAfter)}: it is ${scan.status}.`;
    const hint = `Set a longer timeout, for example timeout: 30m. If the repository does not scan on push, run: ${scanOnPushCommand(subject.location.registry, subject.location.repository)}`;
    return { ...common, verdict: 'unknown', reason: { code: 'gate-timeout', message, hint } };
  }
  if (outcome.neverScanned) {
    const { registry, repository } = subject.location;
    const message = `${name} was never scanned: the repository does not scan on push.`;
    const hint = `Scan this image, then re-run the failed job. Run: ${startScanCommand(registry, repository, subject.digest)}. To scan every new image, run: ${scanOnPushCommand(registry, repository)}`;
    return { ...common, verdict: 'unknown', reason: { code: 'gate-unknown', message, hint } };
  }
  if (scan.status !== 'COMPLETE' && scan.status !== 'ACTIVE') {
    const message = `ECR cannot say whether ${name} is clean: the scan is ${scan.status}${scan.description === '' ? '' : ` (${scan.description})`}.`;
    const hint =
      scanHints[scan.status] ??
      'Read the status of the scan in the Amazon ECR console, then re-run the failed job.';
    return { ...common, verdict: 'unknown', reason: { code: 'gate-unknown', message, hint } };
  }
  if (judgement.verdict === 'pass') return { ...common, verdict: 'pass' };
  const ids = [...new Set(judgement.violations.map(({ finding }) => finding.id))];
  const ratings = [...new Set(judgement.violations.flatMap(({ finding }) => finding.rating ?? []))];
  const unrated =
    ratings.length === 0
      ? ''
      : ` ECR has no severity ${ratings.slice(0, 5).join(', ')}: such findings count as the worst.`;
  const message = `${name} has ${formatCount(ids.length, 'finding')} of severity ${policy.failOn} or worse: ${ids.slice(0, 5).join(', ')}${ids.length > 5 ? ', …' : ''}.${unrated}`;
  return {
    ...common,
    verdict: 'fail',
    reason: { code: 'gate-failed', message, hint: 'Fix the image and publish a new version.' },
  };
}
