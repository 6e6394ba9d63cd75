import type { Finding } from '@towpath/findings';
import { rankedSeverities, type Severity } from '@towpath/findings/severity';

const ranks = new Map(rankedSeverities.map((severity, index) => [severity, index]));

/** Returns the rank of a severity. The worst is 0. */
export function rankOf(severity: Severity): number {
  return ranks.get(severity) ?? 0;
}

/** What findings are sorted by. */
interface Sortable {
  readonly finding: Finding;
  readonly rank: number;
  /** The year and the number of a CVE. Infinity for other ids. */
  readonly cve: number;
  /** The id of another vulnerability, with the length of each number before its digits. */
  readonly other: string;
  /** All fields. Only made for findings with the same id. */
  text?: string;
}

/**
 * Returns the findings, the worst first. Those of one severity are sorted by the numbers in their ids: CVE-2026-9999
 * comes before CVE-2026-10000. The order of the list does not matter.
 */
export function sortFindings(findings: readonly Finding[]): readonly Finding[] {
  return findings
    .map(sortable)
    .sort(
      (a, b) =>
        a.rank - b.rank ||
        (a.cve === b.cve ? compare(a.other, b.other) || compareTexts(a, b) : a.cve - b.cve),
    )
    .map(({ finding }) => finding);
}

function sortable(finding: Finding): Sortable {
  const { id, severity } = finding;
  const [, year, number] = /^CVE-(\d{4})-(\d{1,9})$/.exec(id) ?? [];
  const rank = rankOf(severity);
  // Comparing numbers takes a fraction of the time of comparing texts.
  if (number !== undefined) return { finding, rank, cve: Number(year) * 1e9 + Number(number), other: '' };
  const other = id.replace(/\d+/g, (digits) => `${String.fromCharCode(0x30 + digits.length)}${digits}`);
  return { finding, rank, cve: Infinity, other };
}

/** Compares findings with the same id. Each text is made at most once. */
function compareTexts(a: Sortable, b: Sortable): number {
  a.text ??= textOf(a.finding);
  b.text ??= textOf(b.finding);
  return compare(a.text, b.text);
}

function textOf({ id, package: one, ...others }: Finding): string {
  return JSON.stringify([id, one?.name, one?.version, one?.path, one, others]);
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
