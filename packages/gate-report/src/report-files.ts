import { reportDocument } from './document.ts';
import { formatJson } from './format-json.ts';
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
  /** The parts of the content, in their order. A report of many findings is never one text in memory. */
  readonly content: Iterable<string>;
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
    const { parts, omissions } = sarifOf(verdict.images, verdict.lines, environment);
    yield { output: 'sarif', path: sarifOut, content: parts, omissions };
  }
  if (reportOut !== undefined) {
    // Images, platforms and their lists are readable. Each finding is a line.
    const content = formatJson(reportDocument(verdict, environment), 6);
    yield { output: 'report', path: reportOut, content };
  }
  if (junitOut !== undefined) yield { output: 'junit', path: junitOut, content: [junitOf(verdict)] };
}
