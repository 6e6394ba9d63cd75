import { forAll } from '@towpath/concurrency';
import type { Digest } from '@towpath/reference';
import { mediaTypes, type Descriptor } from './descriptor.ts';
import { printIndex } from './join-platforms.ts';
import type { Layout } from './layout.ts';
import { imagesOf, parseManifest, type ImageIndex, type Manifest } from './manifest.ts';

/** The result of a build: the image without attestations, and the attestations that refer to it. */
export interface PartedImage {
  readonly root: Manifest;
  readonly referrers: readonly Referrer[];
  /**
   * The number of attestations without a subject, as older versions of BuildKit wrote them. They cannot be
   * stored as referrers.
   */
  readonly orphans: number;
}

/** A manifest that refers to a subject, with the exact bytes that BuildKit wrote. */
export interface Referrer {
  readonly digest: Digest;
  readonly mediaType: string;
  /** Size of the manifest in bytes. */
  readonly size: number;
  readonly artifactType: string;
  readonly subject: Digest;
}

/**
 * Removes BuildKit's attestations from the index around an image. A single-platform image becomes a plain
 * manifest. For several platforms, a new index lists only the platforms; its bytes are written to the layout.
 *
 * @param keepsIndex whether to keep the index even if the image has one platform
 */
export async function partAttestations(
  layout: Layout,
  root: Manifest,
  keepsIndex: boolean,
): Promise<PartedImage> {
  if (root.kind === 'image') return { root, referrers: [], orphans: 0 };
  const images = imagesOf(root);
  const others = root.manifests.filter((child) => !images.includes(child));
  const referrers = (await forAll(others, (child) => readReferrer(layout, child))).flat();
  const [only] = images;
  return {
    root:
      only !== undefined && images.length === 1 && !keepsIndex
        ? await layout.manifest(only)
        : await indexOf(layout, root, images),
    referrers,
    orphans: others.length - referrers.length,
  };
}

async function readReferrer(layout: Layout, descriptor: Descriptor): Promise<Referrer[]> {
  const { size, digest, mediaType, artifactType = '', subject } = await layout.manifest(descriptor);
  return subject === undefined ? [] : [{ digest, mediaType, size, artifactType, subject: subject.digest }];
}

/**
 * Returns the index with only these children, printed as BuildKit prints it. The bytes are the same as in a
 * build without attestations.
 */
async function indexOf(
  layout: Layout,
  index: ImageIndex,
  children: readonly Descriptor[],
): Promise<Manifest> {
  if (children.length === index.manifests.length) return index;
  const digests = new Set<string>(children.map(({ digest }) => digest));
  const document = JSON.parse(index.text) as { manifests: { digest: string }[] };
  document.manifests = document.manifests.filter(({ digest }) => digests.has(digest));
  const manifest = parseManifest(Buffer.from(printIndex(document)), mediaTypes.ociIndex);
  await layout.put(manifest);
  return manifest;
}
