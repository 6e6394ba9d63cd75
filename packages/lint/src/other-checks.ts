import type { LintFinding } from '@towpath/dockerfile-rules';

/** What another linter found. */
export interface OtherChecks {
  readonly findings: readonly LintFinding[];
  /** The Dockerfiles that it could not check, each with the reason. */
  readonly failures: readonly string[];
}
