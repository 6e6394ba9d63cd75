import type { Finding } from '@towpath/findings';
import { rankedSeverities, type Severity } from '@towpath/findings/severity';
import type { JudgeContext } from './context.ts';
import type { Judgement } from './judgement.ts';
import type { GatePolicy } from './policy.ts';
import { sortFindings } from './sort-findings.ts';

/**
 * Judges the findings of one manifest by a policy.
 *
 * @throws RangeError if the time of the context is no time
 */
export function judge(
  findings: readonly Finding[],
  { failOn }: GatePolicy,
  { now }: JudgeContext,
): Judgement {
  if (Number.isNaN(now.getTime())) throw new RangeError('the time of a judgement is invalid');
  // -1 for none: every rank is higher.
  const threshold = rankedSeverities.findIndex((severity) => severity === failOn);
  const sorted = sortFindings(findings);
  const violations = sorted
    .filter((finding) => rank(finding) <= threshold)
    .map((finding) => ({ finding, reasons: [`${finding.severity} is not allowed with fail-on: ${failOn}`] }));
  return {
    verdict: violations.length === 0 ? 'pass' : 'fail',
    violations,
    accepted: [],
    deferred: [],
    known: [],
    allowed: sorted.slice(violations.length),
    counts: countBySeverity(findings),
    staleIgnores: [],
    notes: [],
  };
}

function rank({ severity }: Finding): number {
  return rankedSeverities.indexOf(severity);
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
