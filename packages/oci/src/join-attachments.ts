import type { Digest } from '@towpath/reference';
import type { Descriptor } from './descriptor.ts';
import { childrenOf, parseManifest, type Manifest } from './manifest.ts';

/**
 * Joins two artifacts that programs wrote under the same tag of the tag scheme, so that nothing of either is lost.
 *
 * @param held what the tag points at
 * @param added what must be found under the tag too
 * @returns the manifest for the tag, which is `held` if it already contains all of `added`; undefined if they cannot be
 * joined: both have signatures that the other lacks, or they are of different kinds
 */
export function joinAttachments(held: Manifest, added: Manifest): Manifest | undefined {
  if (held.digest === added.digest || contains(held, added)) return held;
  if (contains(added, held)) return added;
  if (held.kind !== 'index' || added.kind !== 'index') return undefined;
  const listed = new Set(childrenOf(held).map(({ digest }) => digest));
  const document = JSON.parse(held.text) as { manifests: { readonly digest: Digest }[] };
  const others = (JSON.parse(added.text) as typeof document).manifests;
  document.manifests.push(...others.filter(({ digest }) => !listed.has(digest)));
  return parseManifest(Buffer.from(JSON.stringify(document)), held.mediaType);
}

/** Whether everything under one tag is also under the other: the entries of an index, or the layers of signatures. */
function contains(one: Manifest, other: Manifest): boolean {
  if (one.kind === 'index' && other.kind === 'index') {
    const listed = new Set(one.manifests.map(({ digest }) => digest));
    return other.manifests.every(({ digest }) => listed.has(digest));
  }
  if (one.kind === 'index' || other.kind === 'index') return false;
  const layers = new Set(one.layers.map(layerKey));
  return other.layers.every((layer) => layers.has(layerKey(layer)));
}

/** cosign writes the signature into the annotations of a layer. Two signatures of one image have the same layer. */
function layerKey({ digest, annotations = {} }: Descriptor): string {
  return JSON.stringify([digest, Object.entries(annotations).toSorted(([a], [b]) => (a < b ? -1 : 1))]);
}
