import type { Manifest } from './manifest.ts';
import { parseManifest } from './manifest.ts';
import type { ImageRecord, RepositoryRecord } from './record.ts';
import type { Repository } from './repository.ts';
import { isMutable } from './tag-mutability.ts';
import {
  imageDigestDoesNotMatch,
  layersNotFound,
  limitExceeded,
  referencedImagesNotFound,
  tagImmutable,
} from './exceptions.ts';
import { isArchived } from './storage-class.ts';
import { ownProperty } from '../own-property.ts';

/** The limits of ECR service quotas, "Tags per image" and referrers per image. Their messages are not published. */
const maxTagsPerImage = 1000;
const maxReferrersPerSubject = 100;

/** The content of a push. */
export interface PushedImage {
  readonly bytes: Buffer;
  /** The media type of the request. Without one, the manifest must contain it. */
  readonly mediaType: string | undefined;
  readonly tag: string | undefined;
  /** The expected digest in the request. */
  readonly digest: string | undefined;
}

/** The result of a push. */
export interface PutImage {
  readonly manifest: Manifest;
  /**
   * Whether the repository already had this image with this tag, or the image if the push has no tag. PutImage throws in
   * this case. The registry answers 201 unless the tag is immutable.
   */
  readonly existed: boolean;
}

/**
 * Adds an image with its tag to the repository.
 *
 * @param now milliseconds since the epoch
 * @param scan whether to scan a new image
 * @throws Refusal for each error of ECR
 */
export async function putImage(
  repository: Repository,
  pushed: PushedImage,
  now: number,
  scan: boolean,
): Promise<PutImage> {
  const manifest = parseManifest(pushed.bytes, pushed.mediaType);
  const { digest } = manifest;
  const { name, location } = repository;
  if (pushed.digest !== undefined && pushed.digest !== digest) {
    throw imageDigestDoesNotMatch(pushed.digest, name, location.account);
  }
  let existed = false;
  await repository.update(async (record) => {
    const current = pushed.tag === undefined ? undefined : ownProperty(record.tags, pushed.tag);
    const known = record.images[digest];
    existed = pushed.tag === undefined ? known !== undefined : current === digest;
    if (existed && known !== undefined && !isArchived(known)) return record;
    existed = false;
    if (pushed.tag !== undefined && current !== undefined) refuseImmutable(record, pushed.tag);
    refuseIncomplete(repository, record, manifest);
    refuseTooMany(record, manifest, pushed.tag);
    await repository.writeManifest(digest, pushed.bytes);
    const push = { pushedAt: now, ...(scan && { scanRequestedAt: now }) };
    return withImage(record, manifest, pushed.tag, push);
  });
  return { manifest, existed };
}

/** @throws Refusal if the tag is immutable */
export function refuseImmutable({ name, mutability }: RepositoryRecord, tag: string): void {
  if (isMutable(tag, mutability)) return;
  throw tagImmutable(tag, name, mutability.mode === 'IMMUTABLE' ? 'repository' : 'tag');
}

/** Requires that all layers and children of a manifest exist in the repository. */
function refuseIncomplete(repository: Repository, record: RepositoryRecord, manifest: Manifest): void {
  const { name, location, layers } = repository;
  const layersMissing = manifest.blobs.map(({ digest }) => digest).filter((digest) => !layers.has(digest));
  if (layersMissing.length > 0) throw layersNotFound([...new Set(layersMissing)], name, location.account);
  const imagesMissing = manifest.children.filter((digest) => record.images[digest] === undefined);
  if (imagesMissing.length > 0) throw referencedImagesNotFound(imagesMissing, name, location.account);
}

function refuseTooMany(record: RepositoryRecord, manifest: Manifest, tag: string | undefined): void {
  const { digest, subject } = manifest;
  if (
    tag !== undefined &&
    Object.values(record.tags).filter((one) => one === digest).length >= maxTagsPerImage
  ) {
    throw limitExceeded(`The maximum number of tags per image (${maxTagsPerImage}) has been exceeded.`);
  }
  if (subject === undefined || record.images[digest] !== undefined) return;
  const referrers = Object.values(record.images).filter((image) => image.subject === subject);
  if (referrers.length >= maxReferrersPerSubject) {
    throw limitExceeded(
      `The maximum number of referrers per image (${maxReferrersPerSubject}) has been exceeded.`,
    );
  }
}

/**
 * Adds an image to a record. An existing image keeps its push time if it gets another tag (CR#2746). A push restores an
 * archived image (ECR User Guide, "Pushing an image to an Amazon ECR private repository").
 */
function withImage(
  record: RepositoryRecord,
  manifest: Manifest,
  tag: string | undefined,
  push: Pick<ImageRecord, 'pushedAt' | 'scanRequestedAt'>,
): RepositoryRecord {
  const { digest } = manifest;
  const { storage, ...known } = record.images[digest] ?? { ...factsOf(manifest), ...push };
  const image: ImageRecord = { ...known, ...(storage?.class === 'STANDARD' && { storage }) };
  return {
    ...record,
    images: { ...record.images, [digest]: image },
    tags: tag === undefined ? record.tags : { ...record.tags, [tag]: digest },
  };
}

/** Returns the parts of a manifest that the record stores. */
function factsOf(manifest: Manifest): Omit<Manifest, 'digest' | 'annotations'> {
  const { mediaType, size, artifactType, subject, blobs, children } = manifest;
  return {
    mediaType,
    size,
    blobs,
    children,
    ...(artifactType !== undefined && { artifactType }),
    ...(subject !== undefined && { subject }),
  };
}
