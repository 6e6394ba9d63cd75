import type { Finding, Severity } from '@towpath/findings';
import type { Ignore } from './policy.ts';

/** The result for an image. `unknown` means that there is no complete scan, and fails the gate like `fail`. */
export type Verdict = 'pass' | 'fail' | 'unknown';

/** The result of a policy for the findings of one manifest. */
export interface Judgement {
  readonly verdict: 'pass' | 'fail';
  /** The findings that the policy does not allow, the worst first. */
  readonly violations: readonly Violation[];
  /** The findings that an ignore or a VEX statement excludes, the worst first. */
  readonly accepted: readonly AcceptedFinding[];
  /** The findings that fail the policy after their grace period, the earliest end first. */
  readonly deferred: readonly DeferredFinding[];
  /**
   * The findings that the policy allows only because the baseline environment has them too, or because they failed at an
   * earlier reading, the worst first.
   */
  readonly known: readonly Violation[];
  /** All other findings, the worst first. */
  readonly allowed: readonly Finding[];
  /** The number of findings by severity, with those that are accepted. */
  readonly counts: Readonly<Record<Severity, number>>;
  /** The ignores of the policy that have expired, or that match no finding of this image. They never change `verdict`. */
  readonly staleIgnores: readonly StaleIgnore[];
  /** What the reader must know about the judgement, as sentences, e.g. that the base image is unknown. */
  readonly notes: readonly string[];
}

/** Counts the findings that the policy allows, also if `allowed` was shortened. */
export function countAllowed(judgement: Omit<Judgement, 'verdict' | 'staleIgnores' | 'notes'>): number {
  const { counts, violations, accepted, deferred, known, allowed } = judgement;
  const all = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const others = violations.length + accepted.length + deferred.length + known.length;
  return Math.max(allowed.length, all - others);
}

/** A finding that the policy does not allow. */
export interface Violation {
  readonly finding: Finding;
  /** The rules that it breaks, each as a sentence without a full stop, e.g. `critical is worse than fail-on: high`. */
  readonly reasons: readonly string[];
  /** Whether a layer of the base image or of the application contains the package. Undefined if it is unknown. */
  readonly origin?: 'base' | 'application';
  /**
   * Relative to the baseline: `introduced` by this image, or `published` since, because the baseline contains the same
   * package. `earlier`: it failed at an earlier reading. Undefined without a baseline.
   */
  readonly since?: 'introduced' | 'published' | 'earlier';
}

/** A finding that an ignore or a VEX statement excludes. */
export interface AcceptedFinding {
  readonly finding: Finding;
  readonly by: 'ignore' | 'vex';
  /** The reason of the ignore, or the justification of the VEX statement. */
  readonly reason: string;
  readonly owner?: string;
  /** The last day, as ISO 8601. VEX statements have none. */
  readonly until?: string;
}

/** A finding within its grace period. */
export interface DeferredFinding {
  readonly finding: Finding;
  /** The end of the grace period, as ISO 8601. */
  readonly until: string;
  readonly reasons: readonly string[];
}

/**
 * An ignore to delete or to renew.
 * - `expired`: its last day is over.
 * - `ended`: it has not expired, but it no longer applies to one of its findings: a fix exists, the vulnerability is
 *   known to be exploited, or the severity is worse.
 * - `unused`: it matches no finding.
 */
export interface StaleIgnore {
  readonly ignore: Ignore;
  readonly state: 'expired' | 'ended' | 'unused';
  /** A sentence without a full stop. */
  readonly why: string;
}
