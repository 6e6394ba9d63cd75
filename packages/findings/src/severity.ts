/** The severities of Amazon ECR, the worst first. */
export const severities = ['critical', 'high', 'medium', 'low', 'informational', 'undefined'] as const;

/** A severity that a policy can use. */
export type NamedSeverity = (typeof severities)[number];

/** `unknown` is a missing severity or one that ECR does not define. It ranks as the worst. */
export type Severity = NamedSeverity | 'unknown';

/** All severities, the worst first. */
export const rankedSeverities: readonly Severity[] = ['unknown', ...severities];

/** Severities of vendors with another word for a severity of ECR: Red Hat, GitHub, SUSE, Debian, Grype. */
const synonyms: ReadonlyMap<string, NamedSeverity> = new Map([
  ['important', 'high'],
  ['moderate', 'medium'],
  ['minor', 'low'],
  ['negligible', 'informational'],
  ['unimportant', 'informational'],
  ['info', 'informational'],
]);

/** Returns the severity for a scanner's text, ignoring case, or `unknown` if no scanner is known to use it. */
export function severityOf(word: string | undefined): Severity {
  const text = word?.toLowerCase() ?? '';
  return severities.find((severity) => severity === text) ?? synonyms.get(text) ?? 'unknown';
}

/** Returns the severity for a CVSS base score (CVSS v3.1, "Qualitative Severity Rating Scale"). */
export function severityOfScore(score: number): Severity {
  if (!(score > 0 && score <= 10)) return 'unknown';
  if (score >= 9) return 'critical';
  if (score >= 7) return 'high';
  return score >= 4 ? 'medium' : 'low';
}
