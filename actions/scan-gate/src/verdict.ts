import { scanOnPushCommand, startScanCommand } from '@towpath/ecr';
import type { Problem } from '@towpath/errors';
import { formatCount, formatDuration } from '@towpath/markdown';
import { judge, type GatePolicy, type Judgement, type Verdict } from '@towpath/scan-policy';
import type { JudgedImage } from './plan.ts';
import { nameOf, type ScanOutcome, type Subject } from './scans.ts';

/** The gate's result for one subject. */
export interface JudgedSubject extends Subject, Pick<Judgement, 'violations' | 'counts'> {
  /** The scan status in ECR. */
  readonly status: string;
  readonly verdict: Verdict;
  /** The reason why the subject does not pass. */
  readonly reason?: Problem;
}

export const nothingToJudge: Problem = {
  code: 'gate-unknown',
  message: 'There is no image to judge.',
  hint: 'Publish the version first, or name its images with the input only.',
};

/** Returns the problems that make the verdict of an image unknown, whatever its scans say. */
export function describeDoubts({ name, repository, digest, doubts }: JudgedImage): Problem[] {
  if (doubts.length === 0) return [];
  return [
    {
      code: 'gate-unknown',
      message: `It is unknown whether ${name} (${repository}@${digest}) is clean: ${doubts.join('; ')}.`,
      hint: 'Fix the image, or the platforms of the configuration, and publish a new version.',
    },
  ];
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

/**
 * Judges the scan of one subject.
 *
 * @param timeout in milliseconds
 */
export function judgeScan(outcome: ScanOutcome, policy: GatePolicy, timeout: number): JudgedSubject {
  const { scan, settled, subject } = outcome;
  const judgement = judge(scan.findings, policy);
  const { violations, counts } = judgement;
  const common = { ...subject, status: scan.status, violations, counts };
  const name = `${nameOf(subject)} (${subject.location.repository}@${subject.digest})`;
  if (!settled) {
    const message = `The scan of ${name} did not finish within ${formatDuration(timeout)}: it is ${scan.status}.`;
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

/** Returns the worst verdict. Without any verdicts it is `unknown`. */
export function worst(verdicts: readonly Verdict[]): Verdict {
  const found = (['fail', 'unknown'] as const).find((verdict) => verdicts.includes(verdict));
  return found ?? (verdicts.length === 0 ? 'unknown' : 'pass');
}
