/** Amazon ECR's severities that a policy can name, the worst first. */
export const severities = ['critical', 'high', 'medium', 'low', 'informational', 'undefined'] as const;

/** A severity that a policy can name. */
export type NamedSeverity = (typeof severities)[number];

/** `unknown`: the scanner's word is none of ECR's, or absent. Nothing says that it is mild, so it is the worst. */
export type Severity = NamedSeverity | 'unknown';

/** All of them, the worst first. */
export const rankedSeverities: readonly Severity[] = ['unknown', ...severities];

/** Returns the severity that a scanner's word means, in any case; `unknown` for a word that ECR does not have. */
export function severityOf(word: string | undefined): Severity {
  return severities.find((severity) => severity === word?.toLowerCase()) ?? 'unknown';
}
