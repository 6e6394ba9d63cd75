import { CodedError, type Problem } from '@towpath/errors';
import type { PlannedStep } from '@towpath/flow';
import type { Graph } from '@towpath/oci';
import {
  describeTag,
  labelOf,
  planTags,
  type FoundImage,
  type Location,
  type Registries,
  type SkippedTemplate,
  type TagMove,
} from '@towpath/project';
import { formatBytes, formatCount } from '@towpath/report';
import type { ImageFacts, PromoteFacts } from './facts.ts';
import type { PromoteInputs } from './inputs.ts';

/** An image, from where it is found to where it goes. */
export interface PlannedImage extends FoundImage {
  readonly target: Location;
  /** Undefined: source and target are one repository. */
  readonly graph: Graph | undefined;
  readonly moves: readonly TagMove[];
  readonly skipped: readonly SkippedTemplate[];
}

export interface PromotePlan {
  readonly version: string;
  readonly source: string;
  readonly target: string;
  readonly images: readonly PlannedImage[];
  readonly absent: readonly string[];
  readonly registries: Registries;
}

/** @throws CodedError `tag-conflict` that lists every immutable tag that names something else */
export function plan(
  { version }: PromoteInputs,
  { source, target, images, absent, registries }: PromoteFacts,
): PromotePlan {
  const planned = images.map(planImage);
  const conflicts = planned.flatMap((image) => image.conflicts);
  if (conflicts.length > 0)
    throw CodedError.of(conflicts, (count) => `${count} tags name other images already.`);
  return {
    version,
    source,
    target: target.name,
    images: planned,
    absent: absent.map(({ name }) => name),
    registries,
  };
}

function planImage(facts: ImageFacts): PlannedImage & { readonly conflicts: readonly Problem[] } {
  const { image, location, root, target, targetTags, settings, holders, graph } = facts;
  const { moves, conflicts } = planTags(targetTags.tags, root, { settings, holders, location: target });
  return { image, location, root, target, graph, moves, conflicts, skipped: targetTags.skipped };
}

export function describe({ images }: PromotePlan): readonly PlannedStep[] {
  return images.flatMap((image) => [
    ...describeCopy(image),
    ...image.moves.map((move) => describeTag(move, image.root, image.target)),
  ]);
}

function describeCopy({ image, location, target, graph }: PlannedImage): PlannedStep[] {
  if (graph === undefined) return [];
  const blobs = graph.blobs.filter(({ present }) => !present);
  const manifests = graph.manifests.filter(({ present }) => !present);
  if (manifests.length === 0)
    return [{ what: `keep ${image.name} in ${labelOf(target)}`, why: 'all of it is there' }];
  const bytes = blobs.reduce((sum, { descriptor }) => sum + descriptor.size, 0);
  return [
    {
      what: `copy ${formatCount(blobs.length, 'blob')} (${formatBytes(bytes)}) and ${formatCount(manifests.length, 'manifest')} of ${image.name} from ${labelOf(location)} to ${labelOf(target)}`,
      why: `${graph.blobs.length - blobs.length} of ${formatCount(graph.blobs.length, 'blob')} are there`,
    },
  ];
}
