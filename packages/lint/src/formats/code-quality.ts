import type { LintSeverity } from '@towpath/dockerfile-rules';
import { createHash } from 'node:crypto';
import type { CheckedFile } from '../check.ts';

/** The severities of GitLab (GitLab docs, "Code Quality report format"). */
const severities: Readonly<Record<LintSeverity, string>> = {
  error: 'critical',
  warning: 'major',
  info: 'info',
};

/** Returns the findings as a code quality report of GitLab. */
export function formatCodeQuality(files: readonly CheckedFile[]): string {
  const seen = new Map<string, number>();
  const issues = files.flatMap(({ findings }) =>
    findings.map(({ rule, severity, file, line, message, hint }) => {
      // Without the line, so that an issue stays the same if lines move.
      const identity = JSON.stringify([rule, file, message]);
      const number = (seen.get(identity) ?? 0) + 1;
      seen.set(identity, number);
      return {
        description: `${message} ${hint}`.trim(),
        check_name: rule,
        fingerprint: createHash('sha256').update(`${identity} ${number}`).digest('hex'),
        severity: severities[severity],
        location: { path: file, lines: { begin: line } },
      };
    }),
  );
  return `${JSON.stringify(issues, undefined, 2)}\n`;
}
