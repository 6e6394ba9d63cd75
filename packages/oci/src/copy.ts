import type { Digest } from '@towpath/reference';
import pLimit from 'p-limit';
import type { Readable } from 'node:stream';
import type { Descriptor } from './descriptor.ts';
import type { Manifest } from './manifest.ts';

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
const concurrentBlobs = 6;

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
  const complete = presentManifests.has(root.digest);
  const blobs = uniqueBlobs(manifests);
  const missing = uniqueBlobs(
    complete ? [] : manifests.filter(({ digest }) => !presentManifests.has(digest)),
  );
  const presentBlobs =
    missing.length === 0 ? new Set() : await presence.blobs(missing.map(({ digest }) => digest));
  const lacks = new Set(missing.map(({ digest }) => digest).filter((digest) => !presentBlobs.has(digest)));
  return {
    manifests: manifests.map((manifest) => ({
      manifest,
      present: complete || presentManifests.has(manifest.digest),
    })),
    blobs: blobs.map((descriptor) => ({ descriptor, present: !lacks.has(descriptor.digest) })),
  };
}

/** Writes what a target lacks of an image: blobs side by side, the biggest first, then manifests in their order. */
export async function copyGraph(
  { manifests, blobs }: Graph,
  source: ContentSource,
  target: ContentTarget,
): Promise<void> {
  const limit = pLimit(concurrentBlobs);
  const missing = blobs
    .filter(({ present }) => !present)
    .map(({ descriptor }) => descriptor)
    .sort((a, b) => b.size - a.size);
  await Promise.all(missing.map((blob) => limit(() => target.putBlob(blob, () => source.blob(blob)))));
  for (const { manifest, present } of manifests) if (!present) await target.putManifest(manifest);
}

async function collectManifests(
  source: ContentSource,
  root: Pick<Descriptor, 'digest' | 'mediaType'>,
): Promise<readonly Manifest[]> {
  const manifest = await source.manifest(root);
  if (manifest.kind === 'image') return [manifest];
  const children = await Promise.all(manifest.manifests.map((child) => collectManifests(source, child)));
  return [...new Map([...children.flat(), manifest].map((one) => [one.digest, one])).values()];
}

function uniqueBlobs(manifests: readonly Manifest[]): readonly Descriptor[] {
  const blobs = manifests.flatMap((manifest) =>
    manifest.kind === 'image' ? [manifest.config, ...manifest.layers] : [],
  );
  return [...new Map(blobs.filter(isDistributable).map((blob) => [blob.digest, blob])).values()];
}

/** Windows base layers stay with Microsoft: registries hold their digest, not their bytes (OCI image spec 1.0, layer). */
function isDistributable({ mediaType }: Descriptor): boolean {
  return !/nondistributable|foreign/.test(mediaType);
}
