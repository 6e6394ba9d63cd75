import { describeDeliveries, planTags, type Delivery, type DeploymentFolder } from '@towpath/delivery';
import { CodedError, type Problem } from '@towpath/errors';
import type { PlannedStep } from '@towpath/flow';
import type { FoundVersion } from '@towpath/ledger';
import type { ImageFacts, PromoteFacts } from './facts.ts';
import type { PromoteInputs } from './inputs.ts';

export interface PromotePlan {
  readonly version: string;
  readonly source: string;
  readonly target: string;
  readonly images: readonly Delivery[];
  readonly absent: readonly string[];
  readonly ledger: FoundVersion['ledger'];
  /** Absolute path; undefined if the input `deployment-files` is not set. */
  readonly deploymentFolder: DeploymentFolder | undefined;
  /** `skip`: the images are copied without their signatures, SBOMs and other attachments. */
  readonly attestations: 'copy' | 'skip';
}

/** @throws CodedError `tag-conflict` that lists every immutable tag that names a different image */
export function plan(
  { version, moveVersionTags, attestations }: PromoteInputs,
  { source, target, images, absent, ledger, deploymentFolder }: PromoteFacts,
): PromotePlan {
  const planned = images.map((image) => planImage(image, moveVersionTags));
  const conflicts = planned.flatMap((image) => image.conflicts);
  if (conflicts.length > 0)
    throw CodedError.of(conflicts, (count) => `${count} tags name other images already.`);
  return {
    version,
    source,
    target: target.name,
    images: planned.map(({ delivery }) => delivery),
    absent: absent.map(({ name }) => name),
    ledger: { state: ledger.state, location: ledger.location },
    deploymentFolder,
    attestations,
  };
}

function planImage(
  { image, root, target, targetTags, settings, holders, content, attachments }: ImageFacts,
  movesVersions: boolean,
): {
  readonly delivery: Delivery;
  readonly conflicts: readonly Problem[];
} {
  const { moves, conflicts, check } = planTags(targetTags, root, {
    settings,
    holders,
    location: target,
    movesVersions,
  });
  const { skipped } = targetTags;
  return {
    delivery: { name: image.name, root, location: target, content, attachments, moves, check, skipped },
    conflicts,
  };
}

export function describe({ images }: PromotePlan): readonly PlannedStep[] {
  return describeDeliveries(images);
}
