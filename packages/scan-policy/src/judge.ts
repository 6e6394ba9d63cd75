import { rankedSeverities, type Finding, type NamedSeverity, type Severity } from '@towpath/findings';
import type { Judgement } from './judgement.ts';

/** The policy of a gate. */
export interface GatePolicy {
  /** The lowest severity that fails the gate. `none` allows all findings. */
  readonly failOn: NamedSeverity | 'none';
}

/** Judges findings by a policy. */
export function judge(findings: readonly Finding[], { failOn }: GatePolicy): Judgement {
  // -1 for none: every rank is higher.
  const threshold = rankedSeverities.findIndex((severity) => severity === failOn);
  const sorted = findings.toSorted((a, b) => rank(a) - rank(b) || compareIds(a, b));
  const violations = sorted
    .filter((finding) => rank(finding) <= threshold)
    .map((finding) => ({ finding, reasons: [`${finding.severity} is not allowed with fail-on: ${failOn}`] }));
  return {
    verdict: violations.length === 0 ? 'pass' : 'fail',
    violations,
    accepted: [],
    deferred: [],
    allowed: sorted.slice(violations.length),
    counts: countBySeverity(findings),
  };
}

function rank({ severity }: Finding): number {
  return rankedSeverities.indexOf(severity);
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
