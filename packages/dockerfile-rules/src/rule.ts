import type { Edit } from './edits.ts';
import type { LintSeverity, RuleId } from './ids.ts';
import type { LintOptions } from './options.ts';
import type { Subject } from './subject.ts';

/** A place that breaks a rule. */
export interface Hit {
  /** The line, from 1. */
  readonly line: number;
  /** What is wrong there. Never contains the value of a secret. */
  readonly message: string;
  /** What to write instead, as an imperative. */
  readonly hint: string;
  /** The mechanical fix. */
  readonly edits?: readonly Edit[];
  /** The line of the instruction that overrides this one. Other linters report that line instead. */
  readonly overriddenIn?: number;
  /** Less than that of the rule, for cases that matter less. */
  readonly severity?: LintSeverity;
}

/** An example for the documentation, and for the tests: `bad` breaks the rule, `good` does not. */
export interface Example {
  readonly bad: string;
  readonly good: string;
  /** What the configuration and the build context add to the Dockerfile. */
  readonly options?: LintOptions;
  /** Those of `good`, if they differ. */
  readonly goodOptions?: LintOptions;
}

/** A rule for Dockerfiles. Texts are Markdown. */
export interface Rule {
  readonly id: RuleId;
  /** The version of the rules that it came with. */
  readonly since: number;
  readonly severity: LintSeverity;
  /** One line, without a full stop. */
  readonly title: string;
  /** What goes wrong otherwise. */
  readonly why: string;
  /** What to do, as an imperative. */
  readonly fix: string;
  readonly example: Example;
  /** The security severity for GitHub, from 0.1 to 10. Absent if the rule is not about security. */
  readonly security?: number;
  /** The checks of BuildKit that report the same. */
  readonly buildkit?: readonly string[];
  /** The rules of hadolint that report the same. */
  readonly hadolint?: readonly string[];
  /** What these decide otherwise. */
  readonly difference?: string;
  readonly check: (subject: Subject) => Iterable<Hit>;
}
