/** The severities of Amazon ECR, the worst first. */
export const severities = ['critical', 'high', 'medium', 'low', 'informational', 'undefined'] as const;

/** A severity that a policy can use. */
export type NamedSeverity = (typeof severities)[number];

/** `unknown` is a missing severity or one that ECR does not define. It ranks as the worst. */
export type Severity = NamedSeverity | 'unknown';

/** All severities, the worst first. */
export const rankedSeverities: readonly Severity[] = ['unknown', ...severities];

/** Returns the severity for a scanner's text, ignoring case, or `unknown` if ECR does not define it. */
export function severityOf(word: string | undefined): Severity {
  return severities.find((severity) => severity === word?.toLowerCase()) ?? 'unknown';
}
