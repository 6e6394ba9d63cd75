import { rankedSeverities, type NamedSeverity, type Severity } from './severity.ts';

/** One vulnerability in one package of an image. */
export interface Finding {
  /** As the scanner names it, e.g. `CVE-2026-12345`. */
  readonly id: string;
  readonly severity: Severity;
  /** The scanner's own word, if the severity is `unknown`. */
  readonly rating?: string;
  readonly package?: string;
  readonly version?: string;
  readonly uri?: string;
}

/** What a gate allows. */
export interface GatePolicy {
  /** The mildest severity that fails; `none` allows every finding. */
  readonly failOn: NamedSeverity | 'none';
}

/** `unknown`: it cannot be said whether the image is clean. It fails a gate as `fail` does. */
export type Verdict = 'pass' | 'fail' | 'unknown';

export interface Judgement {
  readonly verdict: 'pass' | 'fail';
  /** What the policy does not allow, the worst first. */
  readonly violations: readonly Finding[];
  readonly counts: Readonly<Record<Severity, number>>;
}

/** Judges findings by a policy. */
export function judge(findings: readonly Finding[], { failOn }: GatePolicy): Judgement {
  // -1 for none, which is before the worst.
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

/** By number, for CVE-2026-9999 is older than CVE-2026-10000. */
function compareIds(a: Finding, b: Finding): number {
  return a.id.localeCompare(b.id, 'en', { numeric: true });
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
