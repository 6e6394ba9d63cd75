import type { FindingSeverity } from '@aws-sdk/client-ecr';

const severities: readonly string[] = [
  'CRITICAL',
  'HIGH',
  'MEDIUM',
  'LOW',
  'INFORMATIONAL',
  'UNDEFINED',
] satisfies FindingSeverity[];

/** Findings by severity. A severity of Inspector's that ECR has no name for counts as UNDEFINED. */
export function countSeverities(
  findings: readonly { readonly severity?: string | undefined }[],
): Partial<Record<FindingSeverity, number>> {
  const counts: Partial<Record<FindingSeverity, number>> = {};
  for (const { severity = 'UNDEFINED' } of findings) {
    const key = (severities.includes(severity) ? severity : 'UNDEFINED') as FindingSeverity;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}
