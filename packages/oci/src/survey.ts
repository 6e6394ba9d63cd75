import { forAll } from '@towpath/concurrency';
import type { Digest } from '@towpath/reference';
import type { Descriptor } from './descriptor.ts';
import { blobsOf, childrenOf, type Manifest } from './manifest.ts';
import { ReadingLimits, SetLimits, type ManifestDescriptor } from './reading-limits.ts';
import type { Readable } from 'node:stream';

/** A source of content: a layout on disk, or a repository. */
export interface ContentSource {
  /** Absent for a layout. Blobs can be mounted between repositories of one registry. */
  readonly ref?: RepositoryRef;
  manifest(descriptor: ManifestDescriptor): Promise<Manifest>;
  /**
   * Opens the content from its start on each call.
   *
   * @param signal cancels the reading
   */
  blob(descriptor: Descriptor, signal?: AbortSignal): Promise<Readable>;
}

/** A repository of a registry. */
export interface RepositoryRef {
  readonly host: string;
  readonly repository: string;
}

/** Returns which of many digests a target already has. */
export interface Presence {
  blobs(digests: readonly Digest[]): Promise<ReadonlySet<Digest>>;
  manifests(digests: readonly Digest[]): Promise<ReadonlySet<Digest>>;
}

export interface ManifestMove {
  readonly manifest: Manifest;
  readonly present: boolean;
  /** A tag to set with the manifest, which saves a request. If absent, it is stored by its digest only. */
  readonly tag?: string;
  /** Whether it is stored only when all other content of all images is stored, because its tag makes it visible. */
  readonly isLast?: boolean;
}

export interface BlobMove {
  readonly descriptor: Descriptor;
  readonly present: boolean;
}

/** All content of one image, and what the target already has. */
export interface Graph {
  /** Children before parents, the order that a registry requires. */
  readonly manifests: readonly ManifestMove[];
  /** Without duplicates. */
  readonly blobs: readonly BlobMove[];
}

/** The maximum number of concurrent manifest requests. Manifests are small. */
const concurrentManifests = 6;

/**
 * Finds the content of an image that a target lacks. A registry accepts a manifest only after its content, so
 * everything below an existing manifest exists too.
 *
 * @param manifests children before parents, as {@link readManifests} returns them
 */
export async function surveyGraph(manifests: readonly Manifest[], presence: Presence): Promise<Graph> {
  const present = new Set(await presence.manifests(manifests.map(({ digest }) => digest)));
  for (const manifest of manifests.toReversed())
    if (present.has(manifest.digest)) for (const { digest } of childrenOf(manifest)) present.add(digest);
  const requested = uniqueBlobs(manifests.filter(({ digest }) => !present.has(digest))).map(
    ({ digest }) => digest,
  );
  const presentBlobs = requested.length === 0 ? new Set() : await presence.blobs(requested);
  const lacks = new Set(requested.filter((digest) => !presentBlobs.has(digest)));
  return {
    manifests: manifests.map((manifest) => ({ manifest, present: present.has(manifest.digest) })),
    blobs: uniqueBlobs(manifests).map((descriptor) => ({
      descriptor,
      present: !lacks.has(descriptor.digest),
    })),
  };
}

/** Options for reading the manifests of an image. */
export interface ReadingOptions {
  /** Returns the children to read; default: all. */
  readonly below?: (manifest: Manifest | undefined) => readonly Descriptor[];
  /** The limits for all images of the step; default: limits for this image only. */
  readonly set?: SetLimits;
}

/**
 * Reads the manifests of an image, each once, children before parents. The root is the last.
 *
 * @param name of the image, for messages
 * @throws CodedError `image-unsupported` if the image or the set is larger or deeper than the limits;
 * `image-set-invalid` or `digest-mismatch` if content does not match its descriptor
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

/** Reads one manifest. A source does not know the image's name, so errors get it here. */
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
