import { reportDocument } from './document.ts';
import { junitOf } from './junit.ts';
import type { ReportPaths } from './report-paths.ts';
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
