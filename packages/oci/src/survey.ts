import { forAll } from '@towpath/concurrency';
import type { Digest } from '@towpath/reference';
import type { Descriptor } from './descriptor.ts';
import { blobsOf, childrenOf, type Manifest } from './manifest.ts';
import { ReadingLimits, SetLimits, type ManifestDescriptor } from './reading-limits.ts';
import type { Readable } from 'node:stream';

/** Where content is read: a layout on disk, or a repository. */
export interface ContentSource {
  /** Absent where it is no repository: blobs are mounted between repositories of one registry. */
  readonly ref?: RepositoryRef;
  manifest(descriptor: ManifestDescriptor): Promise<Manifest>;
  /**
   * The bytes from their start. Each call opens them anew.
   *
   * @param signal ends the reading
   */
  blob(descriptor: Descriptor, signal?: AbortSignal): Promise<Readable>;
}

/** A repository of a registry. */
export interface RepositoryRef {
  readonly host: string;
  readonly repository: string;
}

/** What a target has already, asked for many digests at once. */
export interface Presence {
  blobs(digests: readonly Digest[]): Promise<ReadonlySet<Digest>>;
  manifests(digests: readonly Digest[]): Promise<ReadonlySet<Digest>>;
}

export interface ManifestMove {
  readonly manifest: Manifest;
  readonly present: boolean;
  /** A tag to bring it in under, which spares a request; none: by its digest alone. */
  readonly tag?: string;
}

export interface BlobMove {
  readonly descriptor: Descriptor;
  readonly present: boolean;
}

/** All that one image consists of, and what of it the target has. */
export interface Graph {
  /** Children before what refers to them: the order in which a registry takes them. */
  readonly manifests: readonly ManifestMove[];
  /** Each once. */
  readonly blobs: readonly BlobMove[];
}

/** Manifests are small: so many are asked for side by side. */
const concurrentManifests = 6;

/**
 * Finds out what of an image a target lacks. A registry takes no manifest before its content, so what hangs below a
 * present manifest is present.
 *
 * @param manifests children before what refers to them, as {@link readManifests} has them
 */
export async function surveyGraph(manifests: readonly Manifest[], presence: Presence): Promise<Graph> {
  const present = new Set(await presence.manifests(manifests.map(({ digest }) => digest)));
  for (const manifest of manifests.toReversed())
    if (present.has(manifest.digest)) for (const { digest } of childrenOf(manifest)) present.add(digest);
  const asked = uniqueBlobs(manifests.filter(({ digest }) => !present.has(digest))).map(
    ({ digest }) => digest,
  );
  const presentBlobs = asked.length === 0 ? new Set() : await presence.blobs(asked);
  const lacks = new Set(asked.filter((digest) => !presentBlobs.has(digest)));
  return {
    manifests: manifests.map((manifest) => ({ manifest, present: present.has(manifest.digest) })),
    blobs: uniqueBlobs(manifests).map((descriptor) => ({
      descriptor,
      present: !lacks.has(descriptor.digest),
    })),
  };
}

/** What readers of an image can choose. */
export interface ReadingOptions {
  /** The children to read; default: all. */
  readonly below?: (manifest: Manifest | undefined) => readonly Descriptor[];
  /** The limits of all images of the step; default: this image is the only one. */
  readonly set?: SetLimits;
}

/**
 * The manifests of an image, each once, children before what refers to them: the root is the last.
 *
 * @param name of the image, for messages
 * @throws CodedError `image-unsupported` if the image or the set is larger or deeper than the limits;
 *   `image-set-invalid` or `digest-mismatch` if what a descriptor says of its content is not true
 */
export async function readManifests(
  source: Pick<ContentSource, 'manifest'>,
  root: ManifestDescriptor,
  name: string = root.digest,
  { below = childrenOf, set = new SetLimits() }: ReadingOptions = {},
): Promise<readonly Manifest[]> {
  const found = new Map<Digest, Manifest>();
  const limits = new ReadingLimits(name, set);
  let level: readonly ManifestDescriptor[] = [root];
  for (let depth = 1; level.length > 0; depth += 1) {
    limits.requireCount(found.size + level.length);
    const read = async (descriptor: ManifestDescriptor): Promise<void> => {
      limits.requireSize(descriptor);
      const manifest = await readOne(source, descriptor, limits);
      limits.require(manifest, descriptor, depth);
      found.set(descriptor.digest, manifest);
    };
    await forAll(level, read, { limit: concurrentManifests });
    const children = level.flatMap(({ digest }) => below(found.get(digest)));
    limits.requireOneType(children);
    level = uniqueByDigest(children).filter(({ digest }) => !found.has(digest));
  }
  return childrenFirst(found, root.digest);
}

/** Errors of a source know no image: what is wrong with a manifest is said of the image that has it. */
async function readOne(
  source: Pick<ContentSource, 'manifest'>,
  descriptor: ManifestDescriptor,
  limits: ReadingLimits,
): Promise<Manifest> {
  try {
    return await source.manifest(descriptor);
  } catch (error) {
    throw limits.named(error);
  }
}

function childrenFirst(found: ReadonlyMap<Digest, Manifest>, root: Digest): readonly Manifest[] {
  const ordered = new Set<Manifest>();
  const visit = (digest: Digest): void => {
    const manifest = found.get(digest);
    if (manifest === undefined || ordered.has(manifest)) return;
    for (const child of childrenOf(manifest)) visit(child.digest);
    ordered.add(manifest);
  };
  visit(root);
  return [...ordered];
}

function uniqueBlobs(manifests: readonly Manifest[]): readonly Descriptor[] {
  return uniqueByDigest(manifests.flatMap(blobsOf));
}

function uniqueByDigest<T extends { readonly digest: Digest }>(items: readonly T[]): T[] {
  return [...new Map(items.map((item) => [item.digest, item])).values()];
}
