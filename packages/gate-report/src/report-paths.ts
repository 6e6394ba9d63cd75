import { limits } from '@towpath/sarif';

/** The files to write. */
export interface ReportPaths {
  /** The file for the findings as SARIF, relative to the workspace. Undefined: none. */
  readonly sarifOut?: string | undefined;
  /** The file for the report as JSON, relative to the workspace. Undefined: none. */
  readonly reportOut?: string | undefined;
  /** The file for the verdict as JUnit XML, relative to the workspace. Undefined: none. */
  readonly junitOut?: string | undefined;
}

/** The rows of each table of the summary, the most first. */
export const rowLimits = [200, 50, 20, 8, 3] as const;

/**
 * Returns how many allowed findings of an image and platform the files and the summary show at most.
 *
 * @param others the number of its other findings, which a SARIF file lists first
 */
export function shownOf({ sarifOut, reportOut }: ReportPaths, others: number): number {
  if (reportOut !== undefined) return Infinity;
  return Math.max(rowLimits[0], sarifOut === undefined ? 0 : limits.results - others);
}
