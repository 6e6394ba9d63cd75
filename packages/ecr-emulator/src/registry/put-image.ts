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
import { ownProperty } from '../own-property.ts';

/** ECR service quotas, "Tags per image" and the referrers of one image (ecr.md is silent on the words). */
const maxTagsPerImage = 1000;
const maxReferrersPerSubject = 100;

/** What a push brings. */
export interface PushedImage {
  readonly bytes: Buffer;
  /** As the request says it; without one, the manifest must say it. */
  readonly mediaType: string | undefined;
  readonly tag: string | undefined;
  /** As the request expects it. */
  readonly digest: string | undefined;
}

/** What a push did. */
export interface PutImage {
  readonly manifest: Manifest;
  /**
   * The repository had this image under this tag, or had it when there was no tag to give. The two faces of ECR
   * differ here: PutImage throws, the registry says 201 unless the tag is immutable.
   */
  readonly existed: boolean;
}

/**
 * Makes the manifest an image of the repository, and the tag its name.
 *
 * @param now milliseconds since the epoch
 * @param scan whether a new image is scanned
 * @throws Refusal for every reason that ECR has
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
    existed = pushed.tag === undefined ? record.images[digest] !== undefined : current === digest;
    if (existed) return record;
    if (pushed.tag !== undefined && current !== undefined) refuseImmutable(record, pushed.tag);
    refuseIncomplete(repository, record, manifest);
    refuseTooMany(record, manifest, pushed.tag);
    await repository.writeManifest(digest, pushed.bytes);
    const push = { pushedAt: now, ...(scan && { scanRequestedAt: now }) };
    return withImage(record, manifest, pushed.tag, push);
  });
  return { manifest, existed };
}

/** @throws Refusal when the repository keeps the tag where it is */
export function refuseImmutable({ name, mutability }: RepositoryRecord, tag: string): void {
  if (isMutable(tag, mutability)) return;
  throw tagImmutable(tag, name, mutability.mode === 'IMMUTABLE' ? 'repository' : 'tag');
}

/** ECR takes a manifest only when everything that it names is there: layers first, children first. */
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

/** An image that was there keeps its push time: a new tag does not refresh it (CR#2746). */
function withImage(
  record: RepositoryRecord,
  manifest: Manifest,
  tag: string | undefined,
  push: Pick<ImageRecord, 'pushedAt' | 'scanRequestedAt'>,
): RepositoryRecord {
  const { digest } = manifest;
  const image: ImageRecord = record.images[digest] ?? { ...factsOf(manifest), ...push };
  return {
    ...record,
    images: { ...record.images, [digest]: image },
    tags: tag === undefined ? record.tags : { ...record.tags, [tag]: digest },
  };
}

/** What the record keeps of a manifest; the rest is in its bytes. */
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
