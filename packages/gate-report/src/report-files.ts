import { reportDocument } from './document.ts';
import { junitOf } from './junit.ts';
import { sarifOf } from './sarif.ts';
import type { GateVerdict } from './verdict.ts';

/** A file of the report. */
export interface ReportFile {
  /** The output with its path. */
  readonly output: 'sarif' | 'report' | 'junit';
  /** Relative to the workspace. */
  readonly path: string;
  readonly content: string;
  /** What was left out because of limits, as sentences. */
  readonly omissions?: readonly string[];
}

/** The files to write. */
export interface ReportPaths {
  /** The file for the findings as SARIF, relative to the workspace. Undefined: none. */
  readonly sarifOut?: string | undefined;
  /** The file for the report as JSON, relative to the workspace. Undefined: none. */
  readonly reportOut?: string | undefined;
  /** The file for the verdict as JUnit XML, relative to the workspace. Undefined: none. */
  readonly junitOut?: string | undefined;
}

/**
 * Makes the files of a report, one after the other.
 *
 * @param environment the environment that is judged, if one was named
 */
export function* filesOf(
  verdict: GateVerdict,
  { sarifOut, reportOut, junitOut }: ReportPaths,
  environment?: string,
): Generator<ReportFile> {
  if (sarifOut !== undefined) {
    const { text, omissions } = sarifOf(verdict.images, verdict.lines, environment);
    yield { output: 'sarif', path: sarifOut, content: text, omissions };
  }
  if (reportOut !== undefined) {
    const content = `${JSON.stringify(reportDocument(verdict, environment), undefined, 1)}\n`;
    yield { output: 'report', path: reportOut, content };
  }
  if (junitOut !== undefined) yield { output: 'junit', path: junitOut, content: junitOf(verdict) };
}
