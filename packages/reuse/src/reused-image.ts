import type { BuiltImage } from '@towpath/image-set';
import { inspectImage, knownSource, type ContentSource, type Manifest } from '@towpath/oci';
import type { KnownImage } from './fingerprints.ts';

/**
 * Describes an image from a repository in the same form as an image that was just built.
 *
 * @param source the repository that contains the image
 * @param reused where the image was found
 * @throws CodedError `image-missing` if the repository lacks a part; `image-unsupported` if it exceeds a limit
 */
export async function describeReused(
  { image, platforms: [platform], fingerprint, baseDigests }: KnownImage,
  root: Manifest,
  source: ContentSource,
  reused: NonNullable<BuiltImage['reused']>,
): Promise<BuiltImage> {
  const { digest, mediaType, size, annotations } = root;
  const inspected = await inspectImage(knownSource(source, [root]), root, { name: image.name, platform });
  return {
    name: image.name,
    digest,
    mediaType,
    size,
    bytes: inspected.bytes,
    platforms: inspected.platforms,
    fingerprint: fingerprint.value,
    bases: Object.fromEntries(baseDigests),
    labels: Object.fromEntries(image.labels),
    annotations,
    attestations: [],
    reused,
  };
}
