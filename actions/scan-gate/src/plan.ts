import type { ScanMode } from '@towpath/ecr';
import { imagesOf, type Manifest } from '@towpath/oci';
import type { PlannedStep } from '@towpath/flow';
import { formatPlatform, shortDigest, type Digest } from '@towpath/reference';
import type { GatePolicy } from '@towpath/scan-policy';
import type { GateFacts, ImageFacts } from './facts.ts';
import type { GateInputs } from './inputs.ts';

/** One manifest that ECR scans: it never scans an index. */
export interface Subject {
  readonly image: string;
  /** Undefined for an image of one platform. */
  readonly platform: string | undefined;
  readonly digest: Digest;
  readonly location: ImageFacts['location'];
  readonly mode: ScanMode;
}

export interface GatePlan {
  /** What the version consists of: each may have several subjects. */
  readonly images: readonly { readonly name: string; readonly repository: string; readonly digest: Digest }[];
  readonly subjects: readonly Subject[];
  readonly policy: GatePolicy;
  /** Milliseconds. */
  readonly timeout: number;
  readonly reportOnly: boolean;
  readonly absent: readonly string[];
}

export function plan(
  { failOn, timeout, reportOnly }: GateInputs,
  { config, target, images, absent }: GateFacts,
): GatePlan {
  const policy = target?.gate ?? config.gate;
  return {
    images: images.map(({ image: { name }, location: { repository }, root: { digest } }) => ({
      name,
      repository,
      digest,
    })),
    subjects: images.flatMap(({ image, root, location, mode }) =>
      scannable(root).map(({ platform, digest }) => ({
        image: image.name,
        platform,
        digest,
        location,
        mode,
      })),
    ),
    policy: failOn === undefined ? policy : { ...policy, failOn },
    timeout,
    reportOnly,
    absent: absent.map(({ name }) => name),
  };
}

function scannable(root: Manifest): { platform: string | undefined; digest: Digest }[] {
  if (root.kind === 'image') return [{ platform: undefined, digest: root.digest }];
  return imagesOf(root).map(({ platform, digest }) => ({
    platform: platform === undefined ? undefined : formatPlatform(platform),
    digest,
  }));
}

export function describe({ subjects, policy }: GatePlan): readonly PlannedStep[] {
  return subjects.map((subject) => ({
    what: `wait for the scan of ${nameOf(subject)} (${shortDigest(subject.digest)}) in ${subject.location.registry.host}/${subject.location.repository}`,
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
