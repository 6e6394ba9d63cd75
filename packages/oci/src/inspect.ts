import { formatPlatform, type Digest, type Platform } from '@towpath/reference';
import type { Descriptor } from './descriptor.ts';
import type { Layout } from './layout.ts';
import { isAttestation, type ImageManifest, type Manifest } from './manifest.ts';

/** What an image in a layout is. */
export interface InspectedImage {
  readonly root: Manifest;
  /** The manifest of each platform, by `os/architecture[/variant]`, in that order. */
  readonly platforms: Readonly<Record<string, Digest>>;
  /** Bytes of its manifests, configs and layers, each once. */
  readonly bytes: number;
}

/** @throws CodedError `image-set-invalid` when a part of the image is missing */
export async function inspectImage(
  layout: Layout,
  descriptor: Pick<Descriptor, 'digest' | 'mediaType'>,
): Promise<InspectedImage> {
  const root = await layout.manifest(descriptor);
  const images = await imagesOf(layout, root);
  const platforms = await Promise.all(
    images.map(async ({ manifest, platform }) => {
      return [
        formatPlatform(platform ?? (await configuredPlatform(layout, manifest))),
        manifest.digest,
      ] as const;
    }),
  );
  const blobs = images.flatMap(({ manifest }) => [manifest.config, ...manifest.layers]);
  const sizes = new Map([
    ...blobs.map(({ digest, size }) => [digest, size] as const),
    ...images.map(({ manifest }) => [manifest.digest, manifest.bytes.length] as const),
    [root.digest, root.bytes.length] as const,
  ]);
  return {
    root,
    platforms: Object.fromEntries(platforms.sort(([a], [b]) => (a < b ? -1 : 1))),
    bytes: [...sizes.values()].reduce((sum, size) => sum + size, 0),
  };
}

/** The images below a root; what attests something about them is none. */
async function imagesOf(
  layout: Layout,
  root: Manifest,
): Promise<{ manifest: ImageManifest; platform?: Platform }[]> {
  if (root.kind === 'image') return [{ manifest: root }];
  const children = root.manifests.filter((child) => !isAttestation(child));
  const found = await Promise.all(
    children.map(async (child) => {
      const below = await imagesOf(layout, await layout.manifest(child));
      return below.map(({ manifest, platform }) => ({ manifest, platform: platform ?? child.platform }));
    }),
  );
  return found.flat();
}

/** A single-platform image names its platform in its config alone. */
async function configuredPlatform(layout: Layout, { config }: ImageManifest): Promise<Platform> {
  const chunks: Buffer[] = [];
  for await (const chunk of await layout.blob(config)) chunks.push(chunk as Buffer);
  const { os, architecture, variant } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Platform;
  return { os, architecture, variant };
}
