import type { Digest } from '@towpath/reference';
import type { Readable } from 'node:stream';
import type { Descriptor } from './descriptor.ts';
import { forEach } from './for-each.ts';
import { blobsOf, type Manifest } from './manifest.ts';

/** Where content is read: a layout on disk, or a repository. */
export interface ContentSource {
  manifest(descriptor: Pick<Descriptor, 'digest' | 'mediaType'>): Promise<Manifest>;
  /** The bytes from their start. Each call opens them anew. */
  blob(descriptor: Descriptor): Promise<Readable>;
}

/** Where content is written. */
export interface ContentTarget {
  putBlob(descriptor: Descriptor, open: () => Promise<Readable>): Promise<void>;
  putManifest(manifest: Manifest): Promise<void>;
}

/** What a target has already, asked for many digests at once. */
export interface Presence {
  blobs(digests: readonly Digest[]): Promise<ReadonlySet<Digest>>;
  manifests(digests: readonly Digest[]): Promise<ReadonlySet<Digest>>;
}

export interface ManifestMove {
  readonly manifest: Manifest;
  readonly present: boolean;
}

export interface BlobMove {
  readonly descriptor: Descriptor;
  readonly present: boolean;
}

/** All that one image consists of, and what of it the target has. */
export interface Graph {
  /** Children before what refers to them: the order in which a registry takes them. The root is the last. */
  readonly manifests: readonly ManifestMove[];
  /** Each once. */
  readonly blobs: readonly BlobMove[];
}

/** Streams side by side; more do not fill a wire better, and each holds a buffer. */
const concurrentStreams = 6;

/**
 * Walks an image from its root and finds out what of it a target lacks. A registry takes no manifest before its
 * content, so what hangs below a present manifest is present.
 */
export async function surveyGraph(
  source: ContentSource,
  root: Pick<Descriptor, 'digest' | 'mediaType'>,
  presence: Presence,
): Promise<Graph> {
  const manifests = await collectManifests(source, root);
  const presentManifests = await presence.manifests(manifests.map(({ digest }) => digest));
  const isPresent = ({ digest }: Manifest) =>
    presentManifests.has(root.digest) || presentManifests.has(digest);
  const asked = uniqueBlobs(manifests.filter((manifest) => !isPresent(manifest))).map(({ digest }) => digest);
  const presentBlobs = asked.length === 0 ? new Set() : await presence.blobs(asked);
  const lacks = new Set(asked.filter((digest) => !presentBlobs.has(digest)));
  return {
    manifests: manifests.map((manifest) => ({ manifest, present: isPresent(manifest) })),
    blobs: uniqueBlobs(manifests).map((descriptor) => ({
      descriptor,
      present: !lacks.has(descriptor.digest),
    })),
  };
}

/**
 * Writes what a target lacks of an image: blobs side by side, the biggest first, then manifests in their order.
 *
 * @throws the first failure, when nothing of ours is under way any more: a repeated call goes on from there
 */
export async function copyGraph(
  { manifests, blobs }: Graph,
  source: ContentSource,
  target: ContentTarget,
): Promise<void> {
  const missing = blobs
    .filter(({ present }) => !present)
    .map(({ descriptor }) => descriptor)
    .sort((a, b) => b.size - a.size);
  await forEach(missing, concurrentStreams, (blob) => target.putBlob(blob, () => source.blob(blob)));
  for (const { manifest, present } of manifests) if (!present) await target.putManifest(manifest);
}

/** The manifests of an image, each once, children before what refers to them. */
async function collectManifests(
  source: ContentSource,
  root: Pick<Descriptor, 'digest' | 'mediaType'>,
): Promise<readonly Manifest[]> {
  const found = new Map<Digest, Manifest>();
  for (let level = [root]; level.length > 0;) {
    await forEach(level, concurrentStreams, async (descriptor) => {
      found.set(descriptor.digest, await source.manifest(descriptor));
    });
    const children = level.flatMap(({ digest }) => childrenOf(found.get(digest)));
    level = uniqueByDigest(children).filter(({ digest }) => !found.has(digest));
  }
  return childrenFirst(found, root.digest);
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

function childrenOf(manifest: Manifest | undefined): readonly Descriptor[] {
  return manifest?.kind === 'index' ? manifest.manifests : [];
}

function uniqueBlobs(manifests: readonly Manifest[]): readonly Descriptor[] {
  return uniqueByDigest(manifests.flatMap(blobsOf));
}

function uniqueByDigest<T extends { readonly digest: Digest }>(items: readonly T[]): T[] {
  return [...new Map(items.map((item) => [item.digest, item])).values()];
}
