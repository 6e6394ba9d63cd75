import { digestOf, type Digest } from '@towpath/reference';
import { mediaTypes, type Descriptor } from './descriptor.ts';
import type { Layout } from './layout.ts';
import { maxAttestationBytes, maxConfigBytes } from './limits.ts';
import { imagesOf, parseManifest, type ImageIndex, type ImageManifest, type Manifest } from './manifest.ts';
import { readBlob, readJson } from './read-blob.ts';

/** A document and the digest of its bytes in UTF-8. */
interface Content {
  readonly digest: Digest;
  readonly text: string;
}

/**
 * Rewrites what attestations say, before anything refers to them: the statements, and with them the manifests that
 * hold them and the index that lists these. What does not change keeps its bytes; images always do.
 *
 * @param rewrite makes another statement of a parsed one, or returns it as it is
 * @returns the root, which is another one when a statement has changed
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

/** Its layers are the statements, and its config lists their digests once more, as `diff_ids`. */
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

/** Undefined when it stays as it is. */
async function rewriteStatement(
  layout: Layout,
  layer: Descriptor,
  rewrite: (statement: unknown) => unknown,
): Promise<Content | undefined> {
  const before = await readJson(layout, layer, maxAttestationBytes);
  const after = rewrite(before);
  return JSON.stringify(after) === JSON.stringify(before) ? undefined : contentOf(JSON.stringify(after));
}

/** The document with the digests and sizes of what its descriptors name now, printed as BuildKit prints one. */
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
