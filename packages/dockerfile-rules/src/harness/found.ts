import { lint, type LintOptions } from '../index.ts';

/** Returns the findings of some rules as `line rule severity`. */
export function found(text: string, only: readonly string[], options: LintOptions = {}): readonly string[] {
  return lint({ file: 'Dockerfile', text, options })
    .findings.filter(({ rule }) => only.includes(rule))
    .map(({ line, rule, severity }) => `${line} ${rule} ${severity}`);
}
