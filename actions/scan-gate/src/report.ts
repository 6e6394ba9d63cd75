import type { Problem } from '@towpath/errors';
import type { Report } from '@towpath/flow';
import { shortDigest } from '@towpath/reference';
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
} from '@towpath/report';
import { judge, severities, type Finding, type Judgement, type Verdict } from '@towpath/scan-policy';
import type { GateResult, ScanOutcome } from './execute.ts';
import { nameOf, type GatePlan } from './plan.ts';

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
  const verdict = worst(judged.map((one) => one.verdict));
  const reasons = judged.flatMap(({ reason }) => reason ?? []);
  return {
    outputs: { verdict, images: listImages(plan, judged), findings: JSON.stringify(judged.map(summarise)) },
    refusals: plan.reportOnly ? [] : reasons,
    annotations: [
      ...plan.absent.map((name) => ({
        level: 'warning' as const,
        message: `${name} is not part of this version, as far as tags tell, and was not gated.`,
      })),
      ...(plan.reportOnly ? reasons.map(({ message }) => ({ level: 'warning' as const, message })) : []),
    ],
    summary: page(
      heading(3, `Gate: ${verdict}`),
      `Policy: ${plan.policy.failOn === 'none' ? 'no finding fails' : `a finding of severity ${plan.policy.failOn} or worse fails`}.`,
      table(['Image', 'Digest', 'Scan', ...severities.slice(0, 4), 'Verdict'], judged.map(row)),
      ...judged.filter(({ judgement }) => judgement.violations.length > 0).map(describeViolations),
    ),
  };
}

function judgeOutcome(outcome: ScanOutcome, { policy, timeout }: GatePlan): Judged {
  const { scan, settled, subject } = outcome;
  const judgement = judge(scan.findings, policy);
  const name = `${nameOf(subject)} (${subject.location.repository}@${subject.digest})`;
  if (!settled) {
    const message = `The scan of ${name} had not finished after ${formatDuration(timeout)}: it is ${scan.status}.`;
    const hint = 'Does the repository scan on push? Give more time with the input timeout.';
    return { ...outcome, judgement, verdict: 'unknown', reason: { code: 'gate-timeout', message, hint } };
  }
  if (scan.status !== 'COMPLETE' && scan.status !== 'ACTIVE') {
    const message = `ECR cannot say whether ${name} is clean: ${scan.status} ${scan.description}`.trim();
    const hint = 'An image without a scan is not a clean image.';
    return { ...outcome, judgement, verdict: 'unknown', reason: { code: 'gate-unknown', message, hint } };
  }
  if (judgement.verdict === 'pass') return { ...outcome, judgement, verdict: 'pass' };
  const ids = [...new Set(judgement.violations.map(({ id }) => id))];
  const message = `${name} has ${formatCount(ids.length, 'finding')} of severity ${policy.failOn} or worse: ${ids.slice(0, 5).join(', ')}${ids.length > 5 ? ', …' : ''}.`;
  return {
    ...outcome,
    judgement,
    verdict: 'fail',
    reason: { code: 'gate-failed', message, hint: 'Mend the image and publish a new version.' },
  };
}

function worst(verdicts: readonly Verdict[]): Verdict {
  return (['fail', 'unknown'] as const).find((verdict) => verdicts.includes(verdict)) ?? 'pass';
}

/** What `promote` takes as its input: no registry, for an account id would not survive as a job output. */
function listImages({ images }: GatePlan, judged: readonly Judged[]): string {
  const verdictOf = (name: string): Verdict => {
    const own = judged.filter(({ subject }) => subject.image === name).map((one) => one.verdict);
    return own.length === 0 ? 'unknown' : worst(own);
  };
  return JSON.stringify(images.map((image) => ({ ...image, verdict: verdictOf(image.name) })));
}

function summarise({ subject, scan, verdict, judgement }: Judged): object {
  const { image, platform, digest } = subject;
  return { image, platform, digest, status: scan.status, verdict, counts: judgement.counts };
}

function row({ subject, scan, verdict, judgement: { counts } }: Judged): Content[] {
  return [
    nameOf(subject),
    code(shortDigest(subject.digest)),
    scan.status,
    ...severities.slice(0, 4).map((severity) => counts[severity]),
    verdict,
  ];
}

function describeViolations({ subject, judgement: { violations } }: Judged): Content {
  const shown = violations.slice(0, shownFindings).map(describeFinding);
  const rest = violations.length - shown.length;
  return page(heading(4, nameOf(subject)), bullets(shown), rest === 0 ? undefined : `And ${rest} more.`);
}

function describeFinding({ id, severity, package: name, version, uri }: Finding): Content {
  const label = uri !== undefined && URL.canParse(uri) ? link(id, uri) : id;
  return md`${label} (${severity})${name === undefined ? '' : ` in ${name} ${version ?? ''}`}`;
}
