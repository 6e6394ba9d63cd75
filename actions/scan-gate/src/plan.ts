import type { ScanMode } from '@towpath/ecr';
import type { PlannedStep } from '@towpath/flow';
import type { Digest } from '@towpath/reference';
import type { GatePolicy } from '@towpath/scan-policy';
import type { GateFacts, ImageFacts } from './facts.ts';
import type { GateInputs } from './inputs.ts';
import type { ImageParts, Scannable } from './subjects.ts';

/** One manifest that ECR scans, and the image that it belongs to. */
export interface Subject extends Scannable {
  readonly image: string;
  readonly location: ImageFacts['location'];
  readonly mode: ScanMode;
}

/** An image that is judged, whole: what a promotion would deliver. */
export interface JudgedImage {
  readonly name: string;
  readonly repository: string;
  /** Of what ships: the manifest, or the index. */
  readonly digest: Digest;
  readonly skipped: ImageParts['skipped'];
  readonly doubts: ImageParts['doubts'];
}

export interface GatePlan {
  readonly images: readonly JudgedImage[];
  readonly subjects: readonly Subject[];
  readonly policy: GatePolicy;
  /** Milliseconds. */
  readonly timeout: number;
  readonly reportOnly: boolean;
  readonly absent: readonly string[];
  /** Chosen images that are missing, so that they cannot be judged. */
  readonly unjudged: GateFacts['unjudged'];
  /** About the ledger. */
  readonly warnings: readonly string[];
  readonly frequencyOf: GateFacts['frequencyOf'];
}

export function plan(
  { failOn, timeout, reportOnly }: GateInputs,
  { config, target, images, absent, unjudged, warnings, frequencyOf }: GateFacts,
): GatePlan {
  const policy = target?.gate ?? config.gate;
  return {
    images: images.map(({ image, root, location, parts: { skipped, doubts } }) => ({
      ...{ name: image.name, repository: location.repository, digest: root.digest },
      ...{ skipped, doubts },
    })),
    subjects: images.flatMap(({ image, location, mode, parts }) =>
      parts.subjects.map((one) => ({ image: image.name, ...one, location, mode })),
    ),
    policy: failOn === undefined ? policy : { ...policy, failOn },
    timeout,
    reportOnly,
    absent: absent.map(({ name }) => name),
    unjudged,
    warnings,
    frequencyOf,
  };
}

export function describe({ subjects, policy }: GatePlan): readonly PlannedStep[] {
  return subjects.map((subject) => ({
    what: `wait for the scan of ${nameOf(subject)} (${subject.digest}) in ${subject.location.registry.host}/${subject.location.repository}`,
    why:
      policy.failOn === 'none'
        ? 'to report what it finds'
        : `a finding of severity ${policy.failOn} or worse fails`,
  }));
}

/** `backend`, or `backend for linux/arm64`. */
export function nameOf({ image, platform }: Subject): string {
  return platform === undefined ? image : `${image} for ${platform}`;
}
