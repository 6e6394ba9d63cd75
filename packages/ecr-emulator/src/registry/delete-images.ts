import type { Digest } from '@towpath/reference';
import { failureReasons, lookUp, type ImageFailure } from './find-image.ts';
import type { RepositoryRecord } from './record.ts';
import type { Repository } from './repository.ts';
import type { ImageIdentifier } from './exceptions.ts';

/** A failed identifier in the answer of a batch operation. */
export interface ImageIdFailure {
  readonly imageId: ImageIdentifier;
  readonly failureCode: ImageFailure | 'ImageReferencedByManifestList';
  readonly failureReason: string;
}

/** The result of a deletion. */
export interface DeletedImages {
  readonly deleted: readonly ImageIdentifier[];
  readonly failures: readonly ImageIdFailure[];
}

/**
 * Removes images by tag or digest: a tag, and the image with its last tag, or an image with all its tags. Keeps images of
 * an existing index (ECR API, BatchDeleteImage).
 */
export async function deleteImages(
  repository: Repository,
  ids: readonly ImageIdentifier[],
): Promise<DeletedImages> {
  const deleted: ImageIdentifier[] = [];
  const failures: ImageIdFailure[] = [];
  await repository.update((before) => {
    let record = before;
    for (const imageId of ids) {
      const found = lookUp({ record }, imageId);
      if ('failure' in found) {
        failures.push({ imageId, failureCode: found.failure, failureReason: failureReasons[found.failure] });
        continue;
      }
      const tags = tagsOf(record, found.digest);
      const removed = imageId.imageTag !== undefined ? [imageId.imageTag] : tags;
      const isLast = removed.length === tags.length;
      const indexes = isLast ? indexesOf(record, found.digest) : [];
      if (indexes.length > 0) {
        failures.push({
          imageId,
          failureCode: 'ImageReferencedByManifestList',
          failureReason: `Requested image referenced by manifest list: [${indexes.join(', ')}]`,
        });
        continue;
      }
      record = without(record, removed, isLast ? found.digest : undefined);
      const named = removed.map((imageTag) => ({ imageDigest: found.digest, imageTag }));
      deleted.push(...(named.length > 0 ? named : [{ imageDigest: found.digest }]));
    }
    return record;
  });
  return { deleted, failures };
}

function tagsOf({ tags }: RepositoryRecord, digest: Digest): string[] {
  return Object.keys(tags).filter((tag) => tags[tag] === digest);
}

function indexesOf({ images }: RepositoryRecord, digest: Digest): string[] {
  return Object.entries(images).flatMap(([index, image]) => (image.children.includes(digest) ? [index] : []));
}

function without(
  record: RepositoryRecord,
  removed: readonly string[],
  deleted: Digest | undefined,
): RepositoryRecord {
  return {
    ...record,
    tags: Object.fromEntries(Object.entries(record.tags).filter(([tag]) => !removed.includes(tag))),
    images: Object.fromEntries(Object.entries(record.images).filter(([digest]) => digest !== deleted)),
  };
}
