import { forAll } from '@towpath/concurrency';
import { CodedError } from '@towpath/errors';
import { formatPlatform, type Digest, type Platform } from '@towpath/reference';
import { platformSchema, type Descriptor } from './descriptor.ts';
import { parseJson } from './json.ts';
import { maxConfigBytes } from './limits.ts';
import { imagesOf, isArtifact, type ImageIndex, type ImageManifest, type Manifest } from './manifest.ts';
import { readBlob } from './read-blob.ts';
import { readManifests, type ContentSource } from './survey.ts';

/** The platforms and size of an image. */
export interface InspectedImage {
  readonly root: Manifest;
  /** The manifest of each platform, keyed by `os/architecture[/variant]`, in that order. */
  readonly platforms: Readonly<Record<string, Digest>>;
  /** Bytes of its manifests, configs and layers, each counted once. */
  readonly bytes: number;
}

/** What is already known about an image before it is inspected. */
export interface KnownOfImage {
  /** For messages; default: its digest. */
  readonly name?: string;
  /** The platform of a single-platform image. If it is known, the config is not read. */
  readonly platform?: Platform;
}

/**
 * Reads the platforms of an image and its size. The platform comes from the descriptor, or else from the
 * config, as in `docker buildx imagetools` and containerd. The platform of a nested index is ignored.
 *
 * @throws CodedError `image-set-invalid` if a part of the image is missing
 */
export async function inspectImage(
  source: ContentSource,
  descriptor: Pick<Descriptor, 'digest' | 'mediaType'>,
  { name = descriptor.digest, platform: known }: KnownOfImage = {},
): Promise<InspectedImage> {
  const manifests = await readManifests(source, descriptor, name, {
    below: (manifest) => (manifest?.kind === 'index' ? imagesOf(manifest) : []),
  });
  const byDigest = new Map(manifests.map((manifest) => [manifest.digest, manifest]));
  const root = manifests.at(-1);
  if (root === undefined) throw new Error('an image has a root');
  const images = root.kind === 'image' ? [{ manifest: root, platform: known }] : imagesBelow(root, byDigest);
  const platforms = await forAll(images, async ({ manifest, platform }) => {
    const own =
      platform ?? (await configuredPlatform(source, manifest, name)) ?? withoutPlatform(manifest, name);
    return [formatPlatform(own), manifest.digest] as const;
  });
  const blobs = images.flatMap(({ manifest }) => [manifest.config, ...manifest.layers]);
  const parts = [root, ...images.map(({ manifest }) => manifest)];
  const sizes = new Map([
    ...blobs.map(({ digest, size }) => [digest, size] as const),
    ...parts.map(({ digest, size }) => [digest, size] as const),
  ]);
  return {
    root,
    platforms: Object.fromEntries(platforms.sort(([a], [b]) => (a < b ? -1 : 1))),
    bytes: sizes.values().reduce((sum, size) => sum + size, 0),
  };
}

interface PlatformImage {
  readonly manifest: ImageManifest;
  readonly platform?: Platform;
}

/** Returns the images below a root, each once, without attestations and artifacts. */
function imagesBelow(root: ImageIndex, manifests: ReadonlyMap<Digest, Manifest>): readonly PlatformImage[] {
  const images = new Map<Digest, PlatformImage>();
  const indexes = new Map<Digest, ImageIndex>([[root.digest, root]]);
  // The loop also visits indexes that are added while it runs.
  for (const index of indexes.values())
    for (const child of imagesOf(index)) {
      const manifest = manifests.get(child.digest);
      // Runtimes select children by platform, so a child with a platform counts, whatever its config is.
      const hasNoPlatform = child.platform === undefined || child.platform.os === 'unknown';
      if (manifest === undefined || (hasNoPlatform && isArtifact(manifest))) continue;
      const { platform } = child;
      if (manifest.kind === 'image' && !images.has(manifest.digest))
        images.set(manifest.digest, { manifest, platform });
      if (manifest.kind === 'index' && !indexes.has(manifest.digest)) indexes.set(manifest.digest, manifest);
    }
  return [...images.values()];
}

/**
 * Returns the platform in the config of an image. Old images and artifacts have none.
 *
 * @param name of the image, for messages
 * @throws CodedError `image-unsupported`, `digest-mismatch`
 */
export async function configuredPlatform(
  source: ContentSource,
  { config }: ImageManifest,
  name: string = config.digest,
): Promise<Platform | undefined> {
  const content = parseJson(await readBlob(source, config, maxConfigBytes, name));
  return platformSchema.safeParse(content).data;
}

function withoutPlatform({ digest }: ImageManifest, name: string): never {
  throw new CodedError('image-set-invalid', `Image ${name}: the config of ${digest} names no platform.`, {
    hint: 'Build the image again.',
  });
}
