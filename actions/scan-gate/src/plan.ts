import type { Problem } from '@towpath/errors';
import type { PlannedStep } from '@towpath/flow';
import { judgeImages, nameOf, reasonsOf, toleratedOf, worst, type JudgedImage } from '@towpath/gate';
import type { GatePolicy, Verdict } from '@towpath/scan-policy';
import type { GateFacts } from './facts.ts';
import type { GateInputs } from './inputs.ts';

/** The verdict and its reasons. */
export interface GatePlan {
  readonly verdict: Verdict;
  readonly images: readonly JudgedImage[];
  readonly policy: GatePolicy;
  readonly reportOnly: boolean;
  readonly absent: readonly string[];
  /** Selected images that are missing and cannot be judged. */
  readonly unjudged: readonly Problem[];
  /** The reasons why the verdict is not `pass`. */
  readonly reasons: readonly Problem[];
  /** Warnings about the ledger, and about images that ECR cannot scan. */
  readonly warnings: readonly string[];
}

export function plan(
  { failOn, maxAge, onUnsupported, reportOnly }: GateInputs,
  { config, target, images, absent, unjudged, warnings }: GateFacts,
): GatePlan {
  const own = target?.gate;
  const configured = own === undefined || own === 'off' ? config.gate : own;
  const policy = {
    ...configured,
    ...(failOn !== undefined && { failOn }),
    ...(onUnsupported !== undefined && { onUnsupported }),
  };
  const judged = judgeImages(images, { policy, maxAge });
  return {
    verdict: worst([...judged.map(({ verdict }) => verdict), ...unjudged.map((): Verdict => 'unknown')]),
    images: judged,
    policy,
    reportOnly,
    absent: absent.map(({ name }) => name),
    unjudged,
    reasons: [
      ...(judged.length + unjudged.length === 0 ? [nothingToJudge] : unjudged),
      ...judged.flatMap(reasonsOf),
    ],
    warnings: [...warnings, ...judged.flatMap(toleratedOf).map(({ message }) => message)],
  };
}

const nothingToJudge: Problem = {
  code: 'gate-unknown',
  message: 'There is no image to judge.',
  hint: 'Publish the version first, or name its images with the input only.',
};

export function describe({ images, policy }: GatePlan): readonly PlannedStep[] {
  const subjects = images.flatMap((image) => image.subjects);
  return subjects.map((subject) => ({
    what: `judge ${nameOf(subject)} (${subject.digest}) in ${subject.location.registry.host}/${subject.location.repository}: ${subject.verdict}`,
    why:
      policy.failOn === 'none'
        ? 'the policy allows every finding'
        : `a finding of severity ${policy.failOn} or worse fails`,
  }));
}
