import { forAll } from '@towpath/concurrency';
import { CodedError } from '@towpath/errors';
import { mediaTypes } from './descriptor.ts';
import { Layout, LayoutWriter, type LayoutOptions } from './layout.ts';
import { imagesOf, parseManifest } from './manifest.ts';

/** A descriptor with all its members in their original order, so that it can be written back unchanged. */
interface Written {
  readonly digest: string;
  readonly annotations?: unknown;
}

/**
 * Joins single-platform builds into one index, equal to the one that BuildKit would write for a joint build.
 * Blobs are moved, not copied.
 *
 * @param folder of the new layout, which contains only the index and its content
 * @param parts each with one image, in the order of the platforms
 * @param annotations of the index
 * @throws CodedError `image-set-invalid` if content of a part is missing
 */
export async function joinPlatforms(
  folder: string,
  parts: readonly Layout[],
  annotations: ReadonlyMap<string, string>,
  options?: LayoutOptions,
): Promise<void> {
  const writer = new LayoutWriter(folder, options);
  const read = await forAll(parts, readPart);
  for (const { layout, children } of read) for (const child of children) await writer.adopt(layout, child);
  const document = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociIndex,
    manifests: [...read.flatMap(({ images }) => images), ...read.flatMap(({ others }) => others)],
    ...(annotations.size > 0 && { annotations: Object.fromEntries([...annotations].sort()) }),
  };
  const index = parseManifest(Buffer.from(printIndex(document)), mediaTypes.ociIndex);
  await new Layout(folder, options).put(index);
  await writer.close([{ mediaType: index.mediaType, digest: index.digest, size: index.size }]);
}

/** Prints a document as Go does, with two spaces and with HTML characters escaped (Go, encoding/json). */
export function printIndex(document: object): string {
  return JSON.stringify(document, undefined, 2).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Returns the image of a part and its attestations as descriptors, without the index around them. */
async function readPart(layout: Layout) {
  const index = await layout.index();
  const [root] = index.manifests;
  if (root === undefined || index.manifests.length !== 1)
    throw new CodedError('image-set-invalid', `${layout.folder} holds ${index.manifests.length} images.`);
  const manifest = await layout.manifest(root);
  if (manifest.kind === 'image') {
    const own = descriptorsIn(index.text);
    return { layout, children: [root], images: own.map(withoutAnnotations), others: [] };
  }
  const all = descriptorsIn(manifest.text);
  const digests = new Set<string>(imagesOf(manifest).map(({ digest }) => digest));
  return {
    layout,
    children: manifest.manifests,
    images: all.filter(({ digest }) => digests.has(digest)),
    others: all.filter(({ digest }) => !digests.has(digest)),
  };
}

/** Returns the descriptors of an index that is already validated. */
function descriptorsIn(text: string): readonly Written[] {
  return (JSON.parse(text) as { readonly manifests: readonly Written[] }).manifests;
}

/** Removes the annotations of a layout's entry. They belong to that layout. */
function withoutAnnotations(descriptor: Written): Written {
  const { annotations, ...rest } = descriptor;
  return annotations === undefined ? descriptor : rest;
}
