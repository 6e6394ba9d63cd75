import { isTagLocked } from '@towpath/ecr';
import { CodedError, type Problem } from '@towpath/errors';
import type { PlannedStep } from '@towpath/flow';
import { fingerprintAnnotation, type BuiltImage } from '@towpath/image-set';
import { imagesOf, type ContentSource, type Graph, type Manifest } from '@towpath/oci';
import { describeDeliveries, labelOf, planTags, type Delivery, type Registries } from '@towpath/project';
import { formatPlatform, type Digest } from '@towpath/reference';
import type { ImageFacts, PublishFacts } from './facts.ts';
import type { PublishInputs } from './inputs.ts';

export interface PlannedImage extends Delivery {
  readonly built: BuiltImage;
  /** An immutable tag names another build of the same sources: that counts, and nothing is copied. */
  readonly adopted: boolean;
}

export interface PublishPlan {
  readonly version: string;
  readonly images: readonly PlannedImage[];
  readonly registries: Registries;
}

/** @throws CodedError `tag-conflict` that lists every immutable tag that names something else */
export function plan({ version }: PublishInputs, { images, layout, registries }: PublishFacts): PublishPlan {
  const planned = images.map((image) => planImage(image, layout));
  const conflicts = planned.flatMap((image) => image.conflicts);
  if (conflicts.length > 0)
    throw CodedError.of(conflicts, (count) => `${count} tags name other images already.`);
  return { version, images: planned, registries };
}

function planImage(
  { built, location, tags, settings, graph, holders }: ImageFacts,
  source: ContentSource,
): PlannedImage & { readonly conflicts: readonly Problem[] } {
  const adopted = tags.tags
    .filter((tag) => isTagLocked(tag, settings))
    .map((tag) => holders.get(tag))
    .find((holder) => holder !== undefined && holder.digest !== built.digest && isSameBuild(holder, built));
  const root = adopted ?? rootOf(graph, built);
  return {
    name: built.name,
    built,
    location,
    root,
    platforms: platformsOf(root, built),
    adopted: adopted !== undefined,
    content: adopted === undefined ? { source, graph } : undefined,
    skipped: tags.skipped,
    ...planTags(tags.tags, root, { settings, holders, location }),
  };
}

function rootOf({ manifests }: Graph, { digest }: BuiltImage): Manifest {
  const root = manifests.find(({ manifest }) => manifest.digest === digest);
  if (root === undefined) throw new Error('an image has a manifest');
  return root.manifest;
}

/** An unreproducible build made anew has another digest; its fingerprint tells that it is the same. */
function isSameBuild({ annotations }: Manifest, { fingerprint }: BuiltImage): boolean {
  return annotations[fingerprintAnnotation] === fingerprint;
}

/** An adopted image is another than the one that was built: its own index tells. */
function platformsOf(root: Manifest, { platforms }: BuiltImage): Record<string, Digest> {
  if (root.kind === 'image')
    return Object.fromEntries(Object.keys(platforms).map((platform) => [platform, root.digest]));
  return Object.fromEntries(
    imagesOf(root).flatMap(({ platform, digest }) =>
      platform === undefined ? [] : [[formatPlatform(platform), digest]],
    ),
  );
}

export function describe({ images }: PublishPlan): readonly PlannedStep[] {
  return [...images.filter(({ adopted }) => adopted).map(describeAdoption), ...describeDeliveries(images)];
}

function describeAdoption({ name, root, location }: PlannedImage): PlannedStep {
  return {
    what: `adopt ${root.digest} in ${labelOf(location)} for ${name}`,
    why: 'an immutable tag names it, and it was built from the same',
  };
}
