/** Amazon ECR's severities, the worst first. Inspector's UNTRIAGED counts as undefined. */
export const severities = ['critical', 'high', 'medium', 'low', 'informational', 'undefined'] as const;

export type Severity = (typeof severities)[number];

/** The severity that a scanner's word means, in any case. A word that nobody knows is undefined: nobody has rated it. */
export function severityOf(word: string | undefined): Severity {
  const known = severities.find((severity) => severity === word?.toLowerCase());
  return known ?? 'undefined';
}
