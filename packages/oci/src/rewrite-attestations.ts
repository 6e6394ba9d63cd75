import { digestOf, type Digest } from '@towpath/reference';
import { mediaTypes, type Descriptor } from './descriptor.ts';
import type { Layout } from './layout.ts';
import { maxAttestationBytes, maxConfigBytes } from './limits.ts';
import { imagesOf, parseManifest, type ImageIndex, type ImageManifest, type Manifest } from './manifest.ts';
import { readBlob, readJson } from './read-blob.ts';

/** A document and the digest of its UTF-8 bytes. */
interface Content {
  readonly digest: Digest;
  readonly text: string;
}

/**
 * Rewrites the statements of attestations before anything refers to them, and updates the manifests and the
 * index above them. Unchanged content keeps its bytes. Images never change.
 *
 * @param rewrite returns a new statement for a parsed one, or the same one
 * @returns the root, which is new if a statement has changed
 */
export async function rewriteAttestations(
  layout: Layout,
  root: Manifest,
  rewrite: (statement: unknown) => unknown,
): Promise<Manifest> {
  if (root.kind === 'image') return root;
  const images = imagesOf(root);
  const changed = new Map<Digest, Content>();
  for (const child of root.manifests.filter((one) => !images.includes(one))) {
    const manifest = await layout.manifest(child);
    const content = manifest.kind === 'image' ? await rewriteManifest(layout, manifest, rewrite) : manifest;
    if (content.digest !== child.digest) changed.set(child.digest, content);
  }
  if (changed.size === 0) return root;
  const index = parseManifest(Buffer.from(withDescriptors(root, changed).text), mediaTypes.ociIndex);
  await layout.put(index);
  return index;
}

/** The layers of the manifest are the statements. Its config repeats their digests as `diff_ids`. */
async function rewriteManifest(
  layout: Layout,
  manifest: ImageManifest,
  rewrite: (statement: unknown) => unknown,
): Promise<Content> {
  const changed = new Map<Digest, Content>();
  for (const layer of manifest.layers) {
    const content = await rewriteStatement(layout, layer, rewrite);
    if (content !== undefined) changed.set(layer.digest, content);
  }
  if (changed.size === 0) return manifest;
  const config = (await readBlob(layout, manifest.config, maxConfigBytes)).toString('utf8');
  const renamed = [...changed].reduce((text, [from, { digest }]) => text.replaceAll(from, digest), config);
  changed.set(manifest.config.digest, contentOf(renamed));
  for (const content of changed.values()) await layout.put(content);
  const rewritten = withDescriptors(manifest, changed);
  await layout.put(rewritten);
  return rewritten;
}

/** Returns undefined if the statement does not change. */
async function rewriteStatement(
  layout: Layout,
  layer: Descriptor,
  rewrite: (statement: unknown) => unknown,
): Promise<Content | undefined> {
  const before = await readJson(layout, layer, maxAttestationBytes);
  const after = rewrite(before);
  return JSON.stringify(after) === JSON.stringify(before) ? undefined : contentOf(JSON.stringify(after));
}

/** Returns the document with new digests and sizes in its descriptors, printed as BuildKit prints it. */
function withDescriptors(
  { text }: ImageManifest | ImageIndex,
  changed: ReadonlyMap<Digest, Content>,
): Content {
  const rename = (_: string, value: unknown): unknown => {
    const { digest } = (value ?? {}) as { digest?: Digest };
    const content = digest === undefined ? undefined : changed.get(digest);
    return content === undefined
      ? value
      : { ...(value as object), digest: content.digest, size: Buffer.byteLength(content.text) };
  };
  return contentOf(JSON.stringify(JSON.parse(text, rename), undefined, 2));
}

function contentOf(text: string): Content {
  return { digest: digestOf(Buffer.from(text)), text };
}
