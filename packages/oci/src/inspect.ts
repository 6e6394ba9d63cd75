import { CodedError } from '@towpath/errors';
import { formatPlatform, type Digest, type Platform } from '@towpath/reference';
import { buffer } from 'node:stream/consumers';
import { platformSchema, type Descriptor } from './descriptor.ts';
import { parseJson } from './json.ts';
import { imagesOf, type ImageManifest, type Manifest } from './manifest.ts';
import type { ContentSource } from './survey.ts';

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
  source: ContentSource,
  descriptor: Pick<Descriptor, 'digest' | 'mediaType'>,
): Promise<InspectedImage> {
  const root = await source.manifest(descriptor);
  const images = await imagesBelow(source, root);
  const platforms = await Promise.all(
    images.map(async ({ manifest, platform }) => {
      const own = platform ?? (await configuredPlatform(source, manifest)) ?? withoutPlatform(manifest);
      return [formatPlatform(own), manifest.digest] as const;
    }),
  );
  const blobs = images.flatMap(({ manifest }) => [manifest.config, ...manifest.layers]);
  const manifests = [root, ...images.map(({ manifest }) => manifest)];
  const sizes = new Map([
    ...blobs.map(({ digest, size }) => [digest, size] as const),
    ...manifests.map(({ digest, bytes }) => [digest, bytes.length] as const),
  ]);
  return {
    root,
    platforms: Object.fromEntries(platforms.sort(([a], [b]) => (a < b ? -1 : 1))),
    bytes: sizes.values().reduce((sum, size) => sum + size, 0),
  };
}

/** The images below a root; what attests something about them is none. */
async function imagesBelow(
  source: ContentSource,
  root: Manifest,
): Promise<{ manifest: ImageManifest; platform?: Platform }[]> {
  if (root.kind === 'image') return [{ manifest: root }];
  const found = await Promise.all(
    imagesOf(root).map(async (child) => {
      const below = await imagesBelow(source, await source.manifest(child));
      return below.map(({ manifest, platform = child.platform }) => ({ manifest, platform }));
    }),
  );
  return found.flat();
}

/** A single-platform image names its platform in its config alone. Old ones do not, nor do artifacts. */
export async function configuredPlatform(
  source: ContentSource,
  { config }: ImageManifest,
): Promise<Platform | undefined> {
  const content = parseJson(await buffer(await source.blob(config)));
  return platformSchema.safeParse(content).data;
}

function withoutPlatform({ digest }: ImageManifest): never {
  throw new CodedError('image-set-invalid', `The config of ${digest} names no platform.`);
}
