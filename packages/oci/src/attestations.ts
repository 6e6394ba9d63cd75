import { forAll } from '@towpath/concurrency';
import type { Digest } from '@towpath/reference';
import { mediaTypes, type Descriptor } from './descriptor.ts';
import { printIndex } from './join-platforms.ts';
import type { Layout } from './layout.ts';
import { imagesOf, parseManifest, type ImageIndex, type Manifest } from './manifest.ts';

/** What a build has left: what ships, and beside it what says something about it. */
export interface PartedImage {
  readonly root: Manifest;
  readonly referrers: readonly Referrer[];
  /** How many attestations refer to nothing, as older versions of BuildKit wrote them: they cannot stand alone. */
  readonly orphans: number;
}

/** A manifest that says what it is about, byte for byte as BuildKit has written it. */
export interface Referrer {
  readonly digest: Digest;
  readonly mediaType: string;
  /** Bytes of the manifest. */
  readonly size: number;
  readonly artifactType: string;
  readonly subject: Digest;
}

/**
 * Takes BuildKit's attestations out of the index that it wraps an image in: a single-platform image becomes the plain
 * manifest that it is without them, and the index of several platforms lists these alone. The bytes of a new index
 * are put into the layout.
 *
 * @param keepsIndex whether the image stays an index, also where it has one platform
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

/** The index with these children alone, printed as BuildKit prints one: the same as if it had no attestations. */
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
