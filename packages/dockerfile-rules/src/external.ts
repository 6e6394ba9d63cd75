import type { LintFinding } from './lint.ts';
import { redactSecrets } from './secret-values.ts';

/** Returns a finding of another linter. Its texts may quote the line, so secrets in them are hidden. */
export function externalFinding(
  found: Pick<LintFinding, 'rule' | 'severity' | 'file' | 'line' | 'message' | 'hint'>,
): LintFinding {
  return {
    ...found,
    message: shown(found.message),
    hint: shown(found.hint),
    also: [],
    isFixable: false,
  };
}

function shown(text: string): string {
  return redactSecrets(
    text
      .replace(/[\s\p{Cc}]+/gu, ' ')
      .trim()
      .slice(0, 1_000),
  );
}
