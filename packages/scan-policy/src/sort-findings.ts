import type { Finding } from '@towpath/findings';
import { rankedSeverities, type Severity } from '@towpath/findings/severity';

const ranks = new Map(rankedSeverities.map((severity, index) => [severity, index]));

/** Returns the rank of a severity. The worst is 0. */
export function rankOf(severity: Severity): number {
  return ranks.get(severity) ?? 0;
}

/** Returns the findings, the worst first. Those of one severity are sorted by the numbers in their ids. */
export function sortFindings(findings: readonly Finding[]): readonly Finding[] {
  return findings
    .map((finding) => ({ finding, rank: rankOf(finding.severity), key: sortKey(finding) }))
    .sort((a, b) => a.rank - b.rank || compare(a.key, b.key))
    .map(({ finding }) => finding);
}

/**
 * Returns a text that sorts by the numbers in the id: CVE-2026-9999 comes before CVE-2026-10000. The length of each
 * number is written before its digits. The package is a part of the key, so that the order of the list never matters.
 */
function sortKey({ id, package: one }: Finding): string {
  const numbers = id.replace(/\d+/g, (digits) => `${String.fromCharCode(0x30 + digits.length)}${digits}`);
  return one === undefined ? numbers : `${numbers}\0${one.name}\0${one.version ?? ''}\0${one.path ?? ''}`;
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
