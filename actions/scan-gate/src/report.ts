import { scanOnPushCommand, startScanCommand } from '@towpath/ecr';
import type { Problem } from '@towpath/errors';
import type { Annotation, Report } from '@towpath/flow';
import {
  bullets,
  code,
  formatCount,
  formatDuration,
  heading,
  link,
  md,
  page,
  table,
  type Content,
} from '@towpath/markdown';
import {
  judge,
  severities,
  type Finding,
  type Judgement,
  type Severity,
  type Verdict,
} from '@towpath/scan-policy';
import type { GateResult, ScanOutcome } from './execute.ts';
import { nameOf, type GatePlan, type JudgedImage } from './plan.ts';

/** What the gate says of one subject. */
interface Judged extends ScanOutcome {
  readonly verdict: Verdict;
  readonly judgement: Judgement;
  /** Why it is not let through. */
  readonly reason?: Problem;
}

/** So many findings are shown; the others are counted. */
const shownFindings = 50;

export function report(plan: GatePlan, { outcomes }: GateResult): Report {
  const judged = outcomes.map((outcome) => judgeOutcome(outcome, plan));
  const images = plan.images.map((image) => judgeImage(image, judged));
  const verdict = worst([
    ...images.map((one) => one.verdict),
    ...plan.unjudged.map((): Verdict => 'unknown'),
  ]);
  const reasons = [
    ...(images.length + plan.unjudged.length === 0 ? [nothingToJudge] : plan.unjudged),
    ...plan.images.flatMap(describeDoubts),
    ...judged.flatMap(({ reason }) => reason ?? []),
  ];
  return {
    outputs: {
      verdict,
      images: JSON.stringify(images),
      findings: JSON.stringify(judged.map(summarise)),
    },
    refusals: plan.reportOnly ? [] : reasons,
    annotations: [
      ...plan.warnings.map(warning),
      ...plan.absent.map((name) =>
        warning(
          `Image ${name} has no tag of this version, so it was not judged and is not in the output images.`,
        ),
      ),
      ...(plan.reportOnly ? reasons.map(({ message }) => warning(message)) : []),
    ],
    summary: page(
      heading(3, `Gate: ${verdict}`),
      `Policy: ${plan.policy.failOn === 'none' ? 'no finding fails' : `a finding of severity ${plan.policy.failOn} or worse fails`}.`,
      table(
        ['Image', 'Digest', 'Scan', ...columnsOf(judged), 'Verdict'],
        judged.map(rowOf(columnsOf(judged))),
      ),
      ...[...plan.unjudged, ...plan.images.flatMap(describeDoubts)].map(({ message }) => message),
      ...plan.images.map(describeSkipped),
      ...judged.filter(({ judgement }) => judgement.violations.length > 0).map(describeViolations),
    ),
  };
}

function warning(message: string): Annotation {
  return { level: 'warning', message };
}

const nothingToJudge: Problem = {
  code: 'gate-unknown',
  message: 'There is no image to judge.',
  hint: 'Publish the version first, or name its images with the input only.',
};

/** An image, as the output `images` has it: what a promotion may deliver. */
interface ImageVerdict {
  readonly name: string;
  readonly repository: string;
  readonly digest: string;
  readonly verdict: Verdict;
}

/** No registry's host, and so no account: it survives as a job's output where account ids are masked. */
function judgeImage(
  { name, repository, digest, doubts }: JudgedImage,
  judged: readonly Judged[],
): ImageVerdict {
  const own = judged.filter(({ subject }) => subject.image === name).map((one) => one.verdict);
  const verdict = worst([...own, ...(doubts.length > 0 ? ['unknown' as const] : [])]);
  return { name, repository, digest, verdict };
}

function describeDoubts({ name, repository, digest, doubts }: JudgedImage): Problem[] {
  if (doubts.length === 0) return [];
  return [
    {
      code: 'gate-unknown',
      message: `It cannot be said whether ${name} (${repository}@${digest}) is clean: ${doubts.join('; ')}.`,
      hint: 'Fix the image, or the platforms of the configuration, and publish a new version.',
    },
  ];
}

function describeSkipped({ name, skipped }: JudgedImage): Content | undefined {
  if (skipped.length === 0) return undefined;
  return page(
    md`Not scanned of ${name}:`,
    bullets(skipped.map(({ digest, why }) => md`${code(digest)}: ${why}`)),
  );
}

/** What helps, by the status of a scan (ECR API, ImageScanStatus). */
const scanHints: Readonly<Record<string, string>> = {
  FAILED:
    'Scan the image again, in the Amazon ECR console or with aws ecr start-image-scan. Then re-run the failed job.',
  LIMIT_EXCEEDED: 'ECR scans an image once in 24 hours. Re-run the failed job after that.',
  SCAN_ELIGIBILITY_EXPIRED:
    'The image is older than enhanced scanning covers. Extend the scan duration in the settings of Amazon Inspector, or publish a new version.',
  UNSUPPORTED_IMAGE:
    'Basic scanning needs an operating system with a package manager that ECR knows. Use such a base image, or turn on enhanced scanning for the repository.',
};

function judgeOutcome(outcome: ScanOutcome, { policy, timeout }: GatePlan): Judged {
  const { scan, settled, subject } = outcome;
  const judgement = judge(scan.findings, policy);
  const name = `${nameOf(subject)} (${subject.location.repository}@${subject.digest})`;
  if (!settled) {
    const message = `The scan of ${name} did not finish within ${formatDuration(timeout)}: it is ${scan.status}.`;
    const hint = `Set a longer timeout, for example timeout: 30m. If the repository does not scan on push, run: ${scanOnPushCommand(subject.location.registry, subject.location.repository)}`;
    return { ...outcome, judgement, verdict: 'unknown', reason: { code: 'gate-timeout', message, hint } };
  }
  if (outcome.neverScanned) {
    const { registry, repository } = subject.location;
    const message = `${name} was never scanned: the repository does not scan on push.`;
    const hint = `Scan this image, then re-run the failed job. Run: ${startScanCommand(registry, repository, subject.digest)}. To scan every new image, run: ${scanOnPushCommand(registry, repository)}`;
    return { ...outcome, judgement, verdict: 'unknown', reason: { code: 'gate-unknown', message, hint } };
  }
  if (scan.status !== 'COMPLETE' && scan.status !== 'ACTIVE') {
    const message = `ECR cannot say whether ${name} is clean: the scan is ${scan.status}${scan.description === '' ? '' : ` (${scan.description})`}.`;
    const hint =
      scanHints[scan.status] ??
      'Read the status of the scan in the Amazon ECR console, then re-run the failed job.';
    return { ...outcome, judgement, verdict: 'unknown', reason: { code: 'gate-unknown', message, hint } };
  }
  if (judgement.verdict === 'pass') return { ...outcome, judgement, verdict: 'pass' };
  const ids = [...new Set(judgement.violations.map(({ id }) => id))];
  const ratings = [...new Set(judgement.violations.flatMap(({ rating }) => rating ?? []))];
  const unrated =
    ratings.length === 0
      ? ''
      : ` ECR has no severity ${ratings.slice(0, 5).join(', ')}: such findings count as the worst.`;
  const message = `${name} has ${formatCount(ids.length, 'finding')} of severity ${policy.failOn} or worse: ${ids.slice(0, 5).join(', ')}${ids.length > 5 ? ', …' : ''}.${unrated}`;
  return {
    ...outcome,
    judgement,
    verdict: 'fail',
    reason: { code: 'gate-failed', message, hint: 'Fix the image and publish a new version.' },
  };
}

function worst(verdicts: readonly Verdict[]): Verdict {
  const found = (['fail', 'unknown'] as const).find((verdict) => verdicts.includes(verdict));
  return found ?? (verdicts.length === 0 ? 'unknown' : 'pass');
}

function summarise({ subject, scan, verdict, judgement }: Judged): object {
  const { image, platform, digest } = subject;
  return { image, platform, digest, status: scan.status, verdict, counts: judgement.counts };
}

/** The worst four severities, and one more where findings have a word that is none. */
function columnsOf(judged: readonly Judged[]): readonly Severity[] {
  const hasUnknown = judged.some(({ judgement }) => judgement.counts.unknown > 0);
  return [...(hasUnknown ? (['unknown'] as const) : []), ...severities.slice(0, 4)];
}

function rowOf(columns: readonly Severity[]): (judged: Judged) => Content[] {
  return ({ subject, scan, verdict, judgement: { counts } }) => [
    nameOf(subject),
    code(subject.digest),
    scan.status,
    ...columns.map((severity) => counts[severity]),
    verdict,
  ];
}

function describeViolations({ subject, judgement: { violations } }: Judged): Content {
  const shown = violations.slice(0, shownFindings).map(describeFinding);
  const rest = violations.length - shown.length;
  return page(heading(4, nameOf(subject)), bullets(shown), rest === 0 ? undefined : `And ${rest} more.`);
}

function describeFinding({ id, severity, rating, package: name, version, uri }: Finding): Content {
  const label = uri !== undefined && isWebAddress(uri) ? link(id, uri) : id;
  const rated = rating === undefined ? severity : `${severity}: ${rating}`;
  return md`${label} (${rated})${name === undefined ? '' : ` in ${name} ${version ?? ''}`}${uri === undefined || label !== id ? '' : `, ${uri.slice(0, maxAddress)}`}`;
}

/** Characters of an address: what is longer is no page about a vulnerability. */
const maxAddress = 500;

/** Whether an address can be a link: of the web, and of a length that a browser takes. */
function isWebAddress(address: string): boolean {
  return address.length <= maxAddress && /^https?:$/.test(URL.parse(address)?.protocol ?? '');
}
