import { surveyImages, type ListedImage } from '@towpath/ecr';
import { CodedError } from '@towpath/errors';
import { childrenOf, mediaTypes } from '@towpath/oci';
import { formatPlatform, type Digest } from '@towpath/reference';
import type { Session } from '@towpath/session';
import type { Target } from './targets.ts';

/** An image of an index. */
export interface PlatformImage {
  readonly digest: string;
  /** For example `linux/arm64`; empty if the index does not say it. */
  readonly platform: string;
}

/** The images of each index by the digest of the index. An index that cannot be read has an error instead. */
export type PlatformImages = ReadonlyMap<string, readonly PlatformImage[] | CodedError>;

const single: readonly string[] = [mediaTypes.ociManifest, mediaTypes.dockerManifest];

/**
 * Reads which images belong to the indexes among some images of a repository. ECR lists an index and its images apart.
 *
 * @throws CodedError `access-denied`, …
 */
export async function readPlatforms(
  { registry, repository }: Target,
  listed: readonly ListedImage[],
  wanted: ReadonlySet<string>,
  session: Session,
): Promise<PlatformImages> {
  const indexes = listed.flatMap(({ digest, mediaType = '' }): Digest[] =>
    wanted.has(digest) && !single.includes(mediaType) ? [digest] : [],
  );
  if (indexes.length === 0) return new Map();
  const manifests = await surveyImages(session.ecr(registry), repository, indexes);
  return new Map(
    [...manifests].map(([digest, manifest]) => [
      digest,
      manifest instanceof CodedError
        ? manifest
        : childrenOf(manifest).map((child) => ({
            digest: child.digest,
            platform: child.platform === undefined ? '' : formatPlatform(child.platform),
          })),
    ]),
  );
}

/** What an image belongs to. */
export interface Member {
  /** The subject of an attestation, or the index of an image for one platform. */
  readonly belongsTo?: string;
  /** The platforms of an index, or the platform of an image that belongs to one. */
  readonly platforms?: readonly string[];
}

/** Returns what images belong to and their platforms, by digest. */
export function membersOf({
  platforms,
  subjects,
}: {
  readonly platforms: PlatformImages;
  readonly subjects: Readonly<Record<string, string>>;
}): ReadonlyMap<string, Member> {
  const indexes = [...platforms].flatMap(([index, images]) =>
    images instanceof CodedError ? [] : [{ index, images }],
  );
  const named = (images: readonly PlatformImage[]) =>
    images.flatMap(({ platform }) => (platform === '' ? [] : [platform]));
  return new Map<string, Member>([
    ...indexes.flatMap(({ index, images }) =>
      images.map((image) => [image.digest, { belongsTo: index, platforms: named([image]) }] as const),
    ),
    ...indexes.map(({ index, images }) => [index, { platforms: named(images) }] as const),
    ...Object.entries(subjects).map(([digest, belongsTo]) => [digest, { belongsTo }] as const),
  ]);
}
