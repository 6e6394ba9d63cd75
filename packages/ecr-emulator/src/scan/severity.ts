import type { FindingSeverity } from '@aws-sdk/client-ecr';

const severities: readonly string[] = [
  'CRITICAL',
  'HIGH',
  'MEDIUM',
  'LOW',
  'INFORMATIONAL',
  'UNDEFINED',
] satisfies FindingSeverity[];

/** Counts findings by severity. A severity of Inspector that ECR does not have counts as UNDEFINED. */
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
