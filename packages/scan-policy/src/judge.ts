import { severities, type Severity } from './severity.ts';

/** One vulnerability in one package of an image. */
export interface Finding {
  /** As the scanner names it, e.g. `CVE-2026-12345`. */
  readonly id: string;
  readonly severity: Severity;
  readonly package?: string;
  readonly version?: string;
  readonly uri?: string;
}

/** What a gate lets through. */
export interface GatePolicy {
  /** The mildest severity that fails; `none` lets every finding through. */
  readonly failOn: Severity | 'none';
}

/** `unknown`: nobody can say whether the image is clean. It fails a gate as `fail` does. */
export type Verdict = 'pass' | 'fail' | 'unknown';

export interface Judgement {
  readonly verdict: 'pass' | 'fail';
  /** What the policy does not allow, the worst first. */
  readonly violations: readonly Finding[];
  readonly counts: Readonly<Record<Severity, number>>;
}

/** Holds findings against a policy. */
export function judge(findings: readonly Finding[], { failOn }: GatePolicy): Judgement {
  // -1 for none, which stands before the worst.
  const threshold = severities.findIndex((severity) => severity === failOn);
  const violations = findings
    .filter(({ severity }) => severities.indexOf(severity) <= threshold)
    .sort((a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity) || compareIds(a, b));
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
