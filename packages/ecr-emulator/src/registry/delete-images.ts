import type { Digest } from '@towpath/reference';
import { failureReasons, lookUp, type ImageFailure } from './find-image.ts';
import type { RepositoryRecord } from './record.ts';
import type { Repository } from './repository.ts';
import type { ImageIdentifier } from './exceptions.ts';

/** An identifier that could not be served, as the batch operations report it. */
export interface ImageIdFailure {
  readonly imageId: ImageIdentifier;
  readonly failureCode: ImageFailure | 'ImageReferencedByManifestList';
  readonly failureReason: string;
}

/** What a deletion did. */
export interface DeletedImages {
  readonly deleted: readonly ImageIdentifier[];
  readonly failures: readonly ImageIdFailure[];
}

/**
 * Removes tags, and images whose last tag goes; by digest, an image with all its tags. An image that an index
 * holds stays until the index goes (ECR API, BatchDeleteImage).
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
      const goes = removed.length === tags.length;
      const holders = goes ? indexesOf(record, found.digest) : [];
      if (holders.length > 0) {
        failures.push({
          imageId,
          failureCode: 'ImageReferencedByManifestList',
          failureReason: `Requested image referenced by manifest list: [${holders.join(', ')}]`,
        });
        continue;
      }
      record = without(record, removed, goes ? found.digest : undefined);
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
  return Object.entries(images).flatMap(([holder, image]) =>
    image.children.includes(digest) ? [holder] : [],
  );
}

function without(
  record: RepositoryRecord,
  removed: readonly string[],
  gone: Digest | undefined,
): RepositoryRecord {
  return {
    ...record,
    tags: Object.fromEntries(Object.entries(record.tags).filter(([tag]) => !removed.includes(tag))),
    images: Object.fromEntries(Object.entries(record.images).filter(([digest]) => digest !== gone)),
  };
}
