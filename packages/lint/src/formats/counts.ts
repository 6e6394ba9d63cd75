import { lintSeverities, type LintSeverity } from '@towpath/dockerfile-rules';
import type { CheckedFile } from '../check.ts';

/** The number of findings by severity. */
export function countFindings(files: readonly CheckedFile[]): Readonly<Record<LintSeverity, number>> {
  const all = files.flatMap(({ findings }) => findings);
  const [error, warning, info] = lintSeverities.map(
    (severity) => all.filter((one) => one.severity === severity).length,
  );
  return { error: error ?? 0, warning: warning ?? 0, info: info ?? 0 };
}
