import { isDigest, type Digest } from '@towpath/reference';
import { imagesOf, type Image } from './record.ts';
import type { Repository } from './repository.ts';
import { imageNotFound, type ImageIdentifier } from './exceptions.ts';
import { ownProperty } from '../own-property.ts';

/** The failure codes of the batch operations. */
export type ImageFailure =
  | 'InvalidImageDigest'
  | 'ImageTagDoesNotMatchDigest'
  | 'ImageNotFound'
  | 'ImageInaccessible'
  | 'MissingDigestAndTag';

/** ECR's reasons for the failure codes. */
export const failureReasons: Readonly<Record<ImageFailure, string>> = {
  InvalidImageDigest:
    "Invalid request parameters: image digest should satisfy the regex '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'",
  ImageTagDoesNotMatchDigest: 'The image tag does not match the image digest',
  ImageNotFound: 'Requested image not found',
  ImageInaccessible: 'The image is archived',
  MissingDigestAndTag: 'Invalid request parameters: both tag and digest cannot be null',
};

/** Returns the digest of an identifier, or the failure code. */
export function lookUp(
  { record }: Pick<Repository, 'record'>,
  { imageDigest, imageTag }: ImageIdentifier,
): { readonly digest: Digest } | { readonly failure: ImageFailure } {
  if (imageDigest === undefined && imageTag === undefined) return { failure: 'MissingDigestAndTag' };
  if (imageDigest !== undefined && !/^[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+$/.test(imageDigest)) {
    return { failure: 'InvalidImageDigest' };
  }
  const tagged = imageTag === undefined ? undefined : ownProperty(record.tags, imageTag);
  const digest = imageDigest ?? tagged;
  if (digest === undefined || !isDigest(digest) || record.images[digest] === undefined) {
    return { failure: 'ImageNotFound' };
  }
  if (imageTag !== undefined && tagged !== digest) {
    return { failure: tagged === undefined ? 'ImageNotFound' : 'ImageTagDoesNotMatchDigest' };
  }
  return { digest };
}

/** @throws Refusal ImageNotFoundException */
export function findImage(repository: Repository, id: ImageIdentifier): Image {
  const found = lookUp(repository, id);
  const image =
    'digest' in found ? imagesOf(repository.record).find(({ digest }) => digest === found.digest) : undefined;
  if (image === undefined) throw imageNotFound(id, repository.name, repository.location.account);
  return image;
}
