import { rankedSeverities, type NamedSeverity, type Severity } from './severity.ts';

/** A vulnerability in one package of an image. */
export interface Finding {
  /** The scanner's id, e.g. `CVE-2026-12345`. */
  readonly id: string;
  readonly severity: Severity;
  /** The scanner's severity as reported, if it is `unknown`. */
  readonly rating?: string;
  readonly package?: string;
  readonly version?: string;
  readonly uri?: string;
}

/** The policy of a gate. */
export interface GatePolicy {
  /** The lowest severity that fails the gate. `none` allows all findings. */
  readonly failOn: NamedSeverity | 'none';
}

/** The result for an image. `unknown` means that there is no complete scan, and fails the gate like `fail`. */
export type Verdict = 'pass' | 'fail' | 'unknown';

export interface Judgement {
  readonly verdict: 'pass' | 'fail';
  /** The findings that the policy does not allow, the worst first. */
  readonly violations: readonly Finding[];
  readonly counts: Readonly<Record<Severity, number>>;
}

/** Judges findings by a policy. */
export function judge(findings: readonly Finding[], { failOn }: GatePolicy): Judgement {
  // -1 for none: every rank is higher.
  const threshold = rankedSeverities.findIndex((severity) => severity === failOn);
  const rank = ({ severity }: Finding) => rankedSeverities.indexOf(severity);
  const violations = findings
    .filter((finding) => rank(finding) <= threshold)
    .sort((a, b) => rank(a) - rank(b) || compareIds(a, b));
  return {
    verdict: violations.length === 0 ? 'pass' : 'fail',
    violations,
    counts: countBySeverity(findings),
  };
}

/** Made once: making one takes longer than a thousand comparisons. */
const byNumber = new Intl.Collator('en', { numeric: true });

/** Compares ids by their numbers: CVE-2026-9999 comes before CVE-2026-10000. */
function compareIds(a: Finding, b: Finding): number {
  return byNumber.compare(a.id, b.id);
}

function countBySeverity(findings: readonly Finding[]): Record<Severity, number> {
  const counts: Record<Severity, number> = {
    unknown: 0,
    critical: 0,
    high: 0,
    medium: 0,
    low: 0,
    informational: 0,
    undefined: 0,
  };
  for (const { severity } of findings) counts[severity] += 1;
  return counts;
}
