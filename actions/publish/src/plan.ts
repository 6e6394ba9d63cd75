import { isTagLocked } from '@towpath/ecr';
import { CodedError, type Problem } from '@towpath/errors';
import type { PlannedStep } from '@towpath/flow';
import { fingerprintAnnotation, type BuiltImage } from '@towpath/image-set';
import type { ContentSource, Graph, Manifest } from '@towpath/oci';
import {
  describeTag,
  labelOf,
  planTags,
  type Location,
  type Registries,
  type SkippedTemplate,
  type TagMove,
} from '@towpath/project';
import { formatBytes, formatCount } from '@towpath/report';
import type { ImageFacts, PublishFacts } from './facts.ts';
import type { PublishInputs } from './inputs.ts';

export interface PlannedImage {
  readonly built: BuiltImage;
  readonly location: Location;
  /**
   * What the tags will name: the image that was built, or the one of the same fingerprint that an immutable tag
   * names already.
   */
  readonly root: Manifest;
  readonly adopted: boolean;
  /** What is copied; nothing of an adopted image. */
  readonly graph: Graph;
  readonly moves: readonly TagMove[];
  readonly skipped: readonly SkippedTemplate[];
}

export interface PublishPlan {
  readonly version: string;
  readonly images: readonly PlannedImage[];
  readonly source: ContentSource;
  readonly registries: Registries;
}

/** @throws CodedError `tag-conflict` that lists every immutable tag that names something else */
export function plan({ version }: PublishInputs, { images, layout, registries }: PublishFacts): PublishPlan {
  const planned = images.map(planImage);
  const conflicts = planned.flatMap((image) => image.conflicts);
  if (conflicts.length > 0)
    throw CodedError.of(conflicts, (count) => `${count} tags name other images already.`);
  return { version, images: planned, source: layout, registries };
}

function planImage({
  built,
  location,
  tags,
  settings,
  graph,
  holders,
}: ImageFacts): PlannedImage & { readonly conflicts: readonly Problem[] } {
  const adopted = tags.tags
    .filter((tag) => isTagLocked(tag, settings))
    .map((tag) => holders.get(tag))
    .find((holder) => holder !== undefined && holder.digest !== built.digest && isSameBuild(holder, built));
  const root = adopted ?? rootOf(graph);
  return {
    built,
    location,
    root,
    adopted: adopted !== undefined,
    graph: adopted === undefined ? graph : { manifests: [], blobs: [] },
    skipped: tags.skipped,
    ...planTags(tags.tags, root, { settings, holders, location }),
  };
}

function rootOf({ manifests }: Graph): Manifest {
  const root = manifests.at(-1);
  if (root === undefined) throw new Error('an image has a manifest');
  return root.manifest;
}

/** An unreproducible build made anew has another digest; its fingerprint tells that it is the same. */
function isSameBuild({ annotations }: Manifest, { fingerprint }: BuiltImage): boolean {
  return annotations[fingerprintAnnotation] === fingerprint;
}

export function describe({ images }: PublishPlan): readonly PlannedStep[] {
  return images.flatMap((image) => [
    describeContent(image),
    ...image.moves.map((move) => describeTag(move, image.root, image.location)),
  ]);
}

function describeContent({ built, location, root, adopted, graph }: PlannedImage): PlannedStep {
  const label = labelOf(location);
  const blobs = graph.blobs.filter(({ present }) => !present);
  const manifests = graph.manifests.filter(({ present }) => !present);
  if (adopted) {
    return {
      what: `adopt ${root.digest} in ${label} for ${built.name}`,
      why: 'an immutable tag names it, and it was built from the same',
    };
  }
  if (manifests.length === 0)
    return { what: `keep ${root.digest} in ${label} for ${built.name}`, why: 'all of it is there' };
  const bytes = blobs.reduce((sum, { descriptor }) => sum + descriptor.size, 0);
  return {
    what: `upload ${formatCount(blobs.length, 'blob')} (${formatBytes(bytes)}) and ${formatCount(manifests.length, 'manifest')} of ${built.name} to ${label}`,
    why: `${graph.blobs.length - blobs.length} of ${formatCount(graph.blobs.length, 'blob')} are there`,
  };
}
