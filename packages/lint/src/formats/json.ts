import { ruleSet } from '@towpath/dockerfile-rules';
import type { CheckedFile } from '../check.ts';
import { countFindings } from './counts.ts';

/** Returns the findings and those that were turned off, as JSON. */
export function formatJson(files: readonly CheckedFile[]): string {
  const { error: errors, warning: warnings, info: infos } = countFindings(files);
  const report = {
    schemaVersion: 1,
    ruleSet,
    errors,
    warnings,
    infos,
    files: files.map(({ file, images, findings, suppressed }) => ({
      file,
      images,
      findings: findings.map(({ rule, severity, line, message, hint, also, isFixable }) => ({
        ...{ rule, severity, line, message, hint, also },
        fixable: isFixable,
      })),
      suppressed: suppressed.map(({ finding: { rule, line, message }, reason }) => ({
        rule,
        line,
        message,
        reason,
      })),
    })),
  };
  return `${JSON.stringify(report, undefined, 2)}\n`;
}
