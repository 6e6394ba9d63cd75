import type {
  BatchDeleteImageRequest,
  BatchDeleteImageResponse,
  BatchGetImageRequest,
  BatchGetImageResponse,
  DescribeImagesRequest,
  DescribeImagesResponse,
  Image as ImageOutput,
  ImageDetail,
  ImageFailure,
  ListImagesFilter,
  ListImagesRequest,
  ListImagesResponse,
  PutImageRequest,
  PutImageResponse,
  TagStatus,
  UpdateImageStorageClassRequest,
  UpdateImageStorageClassResponse,
} from '@aws-sdk/client-ecr';
import { isTag } from '@towpath/reference';
import type { Ecr } from '../ecr.ts';
import { deleteImages } from '../registry/delete-images.ts';
import { repositoryForPush } from '../registry/creation-template.ts';
import { failureReasons, findImage } from '../registry/find-image.ts';
import { imageSize } from '../registry/image-size.ts';
import { pullImage } from '../registry/pull-image.ts';
import { pushImage } from '../registry/push-image.ts';
import { imagesOf, type Image } from '../registry/record.ts';
import type { Registry } from '../registry/registry.ts';
import type { Repository } from '../registry/repository.ts';
import { imageAlreadyExists, invalidParameter } from '../registry/exceptions.ts';
import { imageStatusOf } from '../registry/storage-class.ts';
import { countSeverities } from '../scan/severity.ts';
import type { Call, Operations } from './operation.ts';
import { pageOf } from './page.ts';

async function putImage({ ecr, registry, input }: Call<PutImageRequest>): Promise<PutImageResponse> {
  const { repositoryName, imageManifest, imageManifestMediaType, imageTag, imageDigest } = input;
  if (imageTag !== undefined && !isTag(imageTag)) {
    throw invalidParameter('imageTag', "must satisfy regular expression '[a-zA-Z0-9-_.]+'");
  }
  const repository = await repositoryForPush(registry, repositoryName, ecr.clock.now());
  const { manifest, existed } = await pushImage(ecr, registry, repository, {
    bytes: Buffer.from(imageManifest),
    mediaType: imageManifestMediaType,
    tag: imageTag,
    digest: imageDigest,
  });
  if (existed) throw imageAlreadyExists(manifest.digest, imageTag, repositoryName, registry.account);
  return {
    image: {
      registryId: registry.account,
      repositoryName,
      imageId: { imageDigest: manifest.digest, imageTag },
      imageManifest,
      imageManifestMediaType: manifest.mediaType,
    },
  };
}

async function batchGetImage({
  ecr,
  caller,
  registry,
  input,
}: Call<BatchGetImageRequest>): Promise<BatchGetImageResponse> {
  const name = input.repositoryName;
  const images: ImageOutput[] = [];
  const failures: ImageFailure[] = [];
  for (const imageId of input.imageIds) {
    const pulled = await pullImage(
      { ecr, caller, registry, name, id: imageId },
      input.acceptedMediaTypes ?? [],
    );
    if ('failure' in pulled) {
      const { failure } = pulled;
      failures.push({ imageId, failureCode: failure, failureReason: failureReasons[failure] });
      continue;
    }
    images.push({
      registryId: registry.account,
      repositoryName: name,
      imageId: { imageDigest: pulled.digest, imageTag: imageId.imageTag },
      imageManifest: pulled.bytes.toString('utf8'),
      imageManifestMediaType: pulled.mediaType,
    });
  }
  return { images, failures };
}

async function batchDeleteImage({
  ecr,
  registry,
  input,
}: Call<BatchDeleteImageRequest>): Promise<BatchDeleteImageResponse> {
  const { deleted, failures } = await deleteImages(registry.repository(input.repositoryName), input.imageIds);
  await ecr.replicator.deleted(registry, input.repositoryName, deleted);
  return { imageIds: [...deleted], failures: [...failures] };
}

function listImages({ ecr, registry, input }: Call<ListImagesRequest>): ListImagesResponse {
  const repository = registry.repository(input.repositoryName);
  const ids = imagesOf(repository.record)
    .filter((image) => passes(image, input.filter, ecr.clock.now()))
    .flatMap(({ digest, tags }) =>
      tags.length === 0
        ? [{ imageDigest: digest }]
        : tags.map((imageTag) => ({ imageDigest: digest, imageTag })),
    );
  const { items, ...rest } = pageOf(ids, input, keyOfId);
  return { imageIds: items, ...rest };
}

/** Returns the sort key of an image id: digest, then tag. */
function keyOfId({ imageDigest, imageTag = '' }: { imageDigest: string; imageTag?: string }): string {
  return `${imageDigest} ${imageTag}`;
}

function describeImages({ ecr, registry, input }: Call<DescribeImagesRequest>): DescribeImagesResponse {
  const repository = registry.repository(input.repositoryName);
  if (input.imageIds !== undefined) {
    const images = input.imageIds.map((id) => findImage(repository, id));
    return { imageDetails: images.map((image) => describe(ecr, registry, repository, image)) };
  }
  const images = imagesOf(repository.record).filter((image) => passes(image, input.filter, ecr.clock.now()));
  const { items, ...rest } = pageOf(images, input, ({ digest }) => digest);
  return { imageDetails: items.map((image) => describe(ecr, registry, repository, image)), ...rest };
}

async function updateImageStorageClass({
  ecr,
  registry,
  input,
}: Call<UpdateImageStorageClassRequest>): Promise<UpdateImageStorageClassResponse> {
  const repository = registry.repository(input.repositoryName);
  const image = findImage(repository, input.imageId);
  const storage = { class: input.targetStorageClass, at: ecr.clock.now() };
  await repository.updateImage(image.digest, (record) => ({ ...record, storage }));
  return {
    registryId: registry.account,
    repositoryName: repository.name,
    imageId: { imageDigest: image.digest, imageTag: input.imageId.imageTag },
    imageStatus: imageStatusOf({ storage }, ecr.clock.now()),
  };
}

export const images: Operations = {
  PutImage: putImage,
  BatchGetImage: batchGetImage,
  BatchDeleteImage: batchDeleteImage,
  ListImages: listImages,
  DescribeImages: describeImages,
  UpdateImageStorageClass: updateImageStorageClass,
};

/** Whether an image matches a filter. Without a filter only active images match (ECR API, ListImagesFilter). */
function passes(image: Image, filter: ListImagesFilter | undefined, now: number): boolean {
  const { tagStatus, imageStatus = 'ACTIVE' } = filter ?? {};
  return hasTagStatus(image, tagStatus) && ['ANY', imageStatusOf(image, now)].includes(imageStatus);
}

/** Whether an image has the tag status of a filter. */
export function hasTagStatus({ tags }: Image, status: TagStatus = 'ANY'): boolean {
  return status === 'ANY' || tags.length > 0 === (status === 'TAGGED');
}

function describe(ecr: Ecr, registry: Registry, repository: Repository, image: Image): ImageDetail {
  const scan = ecr.scanOf(registry, repository, image);
  return {
    registryId: registry.account,
    repositoryName: repository.name,
    imageDigest: image.digest,
    ...(image.tags.length > 0 && { imageTags: [...image.tags] }),
    imageSizeInBytes: imageSize(repository.record, image),
    imagePushedAt: new Date(image.pushedAt),
    imageManifestMediaType: image.mediaType,
    artifactMediaType: image.artifactType,
    subjectManifestDigest: image.subject,
    imageStatus: imageStatusOf(image, ecr.clock.now()),
    ...(image.storage !== undefined && {
      [image.storage.class === 'ARCHIVE' ? 'lastArchivedAt' : 'lastActivatedAt']: new Date(image.storage.at),
    }),
    ...(image.pulledAt !== undefined && { lastRecordedPullTime: new Date(image.pulledAt) }),
    ...(scan !== undefined && {
      imageScanStatus: { status: scan.status, description: scan.description },
    }),
    ...(scan?.result !== undefined && {
      imageScanFindingsSummary: {
        imageScanCompletedAt: scan.result.completedAt,
        vulnerabilitySourceUpdatedAt: scan.result.completedAt,
        findingSeverityCounts: countSeverities([...scan.result.findings, ...scan.result.enhancedFindings]),
      },
    }),
  };
}
