import type { Problem } from '@towpath/errors';
import { staleIgnores, type GatePolicy, type NamedJudgement, type StaleIgnore } from '@towpath/scan-policy';

/** An ignore to delete or to renew, with `stale-ignores: fail` as a reason why images fail the gate. */
export interface StaleReason {
  readonly stale: StaleIgnore;
  /** Undefined if the policy only reports stale ignores. */
  readonly problem?: Problem;
}

/**
 * Returns the ignores of a policy that are out of date for a run as a whole. Pure.
 *
 * @param isComplete whether all images of the configuration are judged, so that an ignore that matches nothing is unused
 */
export function staleReasons(
  judged: readonly { readonly subjects: readonly NamedJudgement[] }[],
  policy: GatePolicy,
  { isComplete }: { readonly isComplete: boolean },
): readonly StaleReason[] {
  const found = staleIgnores(
    judged.flatMap(({ subjects }) => subjects),
    { isComplete },
  );
  return found.map((stale) => ({
    stale,
    ...(policy.staleIgnores === 'fail' && { problem: staleProblem(stale) }),
  }));
}

/** Returns the stale ignores that fail an image: those of all images, and its own. */
export function staleProblemsOf(reasons: readonly StaleReason[], image: string): readonly Problem[] {
  return reasons.flatMap(({ stale: { ignore }, problem }) =>
    ignore.image === undefined || ignore.image === image ? (problem ?? []) : [],
  );
}

function staleProblem({ ignore, why }: StaleIgnore): Problem {
  return {
    code: 'gate-failed',
    message: `An ignore of the policy is out of date: ${why}.`,
    hint: 'Delete the ignore, or renew it with a new reason and a later day.',
    ...(ignore.position !== undefined && { position: ignore.position }),
  };
}
