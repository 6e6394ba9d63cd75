import type { Problem } from '@towpath/errors';
import type { PlannedStep } from '@towpath/flow';
import type { Digest } from '@towpath/reference';
import type { GatePolicy, Verdict } from '@towpath/scan-policy';
import type { GateFacts, ImageFacts } from './facts.ts';
import type { GateInputs } from './inputs.ts';
import { nameOf } from './scans.ts';
import type { ImageParts } from './subjects.ts';
import { describeDoubts, judgeScan, nothingToJudge, worst, type JudgedSubject } from './verdict.ts';

/** An image that is judged as a whole, in the form that a promotion would deliver. */
export interface JudgedImage {
  readonly name: string;
  readonly repository: string;
  /** The digest of the image manifest or of the index. */
  readonly digest: Digest;
  readonly verdict: Verdict;
  readonly skipped: ImageParts['skipped'];
  readonly doubts: ImageParts['doubts'];
}

/** The verdict and its reasons. */
export interface GatePlan {
  readonly verdict: Verdict;
  readonly images: readonly JudgedImage[];
  readonly subjects: readonly JudgedSubject[];
  readonly policy: GatePolicy;
  readonly reportOnly: boolean;
  readonly absent: readonly string[];
  /** Selected images that are missing and cannot be judged. */
  readonly unjudged: readonly Problem[];
  /** The reasons why the verdict is not `pass`. */
  readonly reasons: readonly Problem[];
  /** Warnings about the ledger. */
  readonly warnings: readonly string[];
}

export function plan(
  { failOn, timeout, reportOnly }: GateInputs,
  { config, target, images, scans, absent, unjudged, warnings }: GateFacts,
): GatePlan {
  const configured = target?.gate ?? config.gate;
  const policy = failOn === undefined ? configured : { ...configured, failOn };
  const subjects = scans.map((outcome) => judgeScan(outcome, policy, timeout));
  const judged = images.map((image) => judgeImage(image, subjects));
  return {
    verdict: worst([...judged.map(({ verdict }) => verdict), ...unjudged.map((): Verdict => 'unknown')]),
    images: judged,
    subjects,
    policy,
    reportOnly,
    absent: absent.map(({ name }) => name),
    unjudged,
    reasons: [
      ...(judged.length + unjudged.length === 0 ? [nothingToJudge] : unjudged),
      ...judged.flatMap(describeDoubts),
      ...subjects.flatMap(({ reason }) => reason ?? []),
    ],
    warnings,
  };
}

function judgeImage(
  { image: { name }, root: { digest }, location: { repository }, parts: { skipped, doubts } }: ImageFacts,
  subjects: readonly JudgedSubject[],
): JudgedImage {
  const own = subjects.filter(({ image }) => image === name).map((one) => one.verdict);
  const verdict = worst([...own, ...(doubts.length > 0 ? ['unknown' as const] : [])]);
  return { name, repository, digest, verdict, skipped, doubts };
}

export function describe({ subjects, policy }: GatePlan): readonly PlannedStep[] {
  return subjects.map((subject) => ({
    what: `judge ${nameOf(subject)} (${subject.digest}) in ${subject.location.registry.host}/${subject.location.repository}: ${subject.verdict}`,
    why:
      policy.failOn === 'none'
        ? 'the policy allows every finding'
        : `a finding of severity ${policy.failOn} or worse fails`,
  }));
}
