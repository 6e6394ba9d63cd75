import {
  BatchDeleteImageCommand,
  BatchGetImageCommand,
  CreateRepositoryCommand,
  DescribeImagesCommand,
  ListImagesCommand,
  PutImageCommand,
  PutImageTagMutabilityCommand,
  type ECRClient,
} from '@aws-sdk/client-ecr';
import { digestOf } from '@towpath/reference';
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Emulator } from '../emulator.ts';
import { ecrClient, ours, start } from '../harness/emulator.ts';
import { refusalOf } from '../harness/refusal.ts';
import {
  imageOf,
  indexOf,
  push,
  pushBlob,
  registryClient,
  type RegistryClient,
  type TestImage,
} from '../harness/registry.ts';

const repositoryName = 'app';
let emulator: Emulator;
let ecr: ECRClient;
let registry: RegistryClient;

beforeEach(async () => {
  emulator = await start();
  ecr = ecrClient(emulator);
  await ecr.send(new CreateRepositoryCommand({ repositoryName }));
  registry = await registryClient(emulator);
});

function put(image: TestImage, imageTag?: string, imageDigest: string = image.digest): PutImageCommand {
  return new PutImageCommand({
    repositoryName,
    imageManifest: image.manifest,
    imageManifestMediaType: image.mediaType,
    imageDigest,
    imageTag,
  });
}

describe('PutImage', () => {
  const image = imageOf('image');

  test('adds a tag to an existing image without changing its push time', async () => {
    await push(registry, repositoryName, 'v1', image);
    const before = await ecr.send(new DescribeImagesCommand({ repositoryName }));
    emulator.advance(60_000);
    const { image: result } = await ecr.send(put(image, 'v2'));
    expect(result).toEqual({
      registryId: ours,
      repositoryName,
      imageId: { imageDigest: image.digest, imageTag: 'v2' },
      imageManifest: image.manifest,
      imageManifestMediaType: image.mediaType,
    });
    const after = await ecr.send(new DescribeImagesCommand({ repositoryName }));
    expect(after.imageDetails?.[0]?.imageTags).toEqual(['v1', 'v2']);
    expect(after.imageDetails?.[0]?.imagePushedAt).toEqual(before.imageDetails?.[0]?.imagePushedAt);
  });

  test('rejects an image that already exists', async () => {
    await push(registry, repositoryName, 'v1', image);
    expect(await refusalOf(ecr.send(put(image, 'v1')))).toEqual({
      name: 'ImageAlreadyExistsException',
      message: `Image with digest '${image.digest}' and tag 'v1' already exists in the repository with name 'app' in registry with id '${ours}'`,
    });
    expect(await refusalOf(ecr.send(put(image)))).toMatchObject({ name: 'ImageAlreadyExistsException' });
  });

  test('rejects moving an immutable tag', async () => {
    const other = imageOf('other');
    await push(registry, repositoryName, 'v1', image);
    await push(registry, repositoryName, other.digest, other);
    await ecr.send(new PutImageTagMutabilityCommand({ repositoryName, imageTagMutability: 'IMMUTABLE' }));
    expect(await refusalOf(ecr.send(put(other, 'v1')))).toEqual({
      name: 'ImageTagAlreadyExistsException',
      message:
        "The image tag 'v1' already exists in the 'app' repository and cannot be overwritten because the repository is immutable.",
    });
  });

  test('rejects a digest other than the manifest’s', async () => {
    await push(registry, repositoryName, 'v1', image);
    expect(await refusalOf(ecr.send(put(image, 'v2', digestOf('other'))))).toMatchObject({
      name: 'ImageDigestDoesNotMatchException',
    });
  });

  test('rejects a manifest without its layers and an index without its images', async () => {
    expect(await refusalOf(ecr.send(put(image, 'v1')))).toMatchObject({ name: 'LayersNotFoundException' });
    expect(await refusalOf(ecr.send(put(indexOf([image]), 'v1')))).toMatchObject({
      name: 'ReferencedImagesNotFoundException',
    });
  });

  test('rejects a manifest without a media type', async () => {
    for (const blob of image.blobs) await pushBlob(registry, repositoryName, blob);
    const untyped = JSON.stringify({ ...(JSON.parse(image.manifest) as object), mediaType: undefined });
    const command = { repositoryName, imageTag: 'v1', imageManifest: untyped };
    expect(await refusalOf(ecr.send(new PutImageCommand(command)))).toEqual({
      name: 'InvalidParameterException',
      message: "Invalid parameter at 'ImageManifest' failed to satisfy constraint: 'Invalid JSON syntax'",
    });
    await ecr.send(new PutImageCommand({ ...command, imageManifestMediaType: image.mediaType }));
  });

  test('rejects an invalid tag', async () => {
    for (const tag of ['no tag', '-x', 'x'.repeat(129)]) {
      expect(await refusalOf(ecr.send(put(image, tag)))).toMatchObject({ name: 'InvalidParameterException' });
    }
  });
});

test('BatchGetImage returns existing images and a failure for each other id', async () => {
  const [image, other] = [imageOf('image'), imageOf('other')];
  await push(registry, repositoryName, 'v1', image);
  await push(registry, repositoryName, 'v2', other);
  const missing = digestOf('missing');
  const { images, failures } = await ecr.send(
    new BatchGetImageCommand({
      repositoryName,
      imageIds: [
        { imageTag: 'v1' },
        { imageDigest: other.digest },
        { imageTag: 'none' },
        { imageDigest: missing },
        { imageTag: 'v1', imageDigest: other.digest },
        { imageDigest: 'no digest' },
        {},
      ],
    }),
  );
  expect(images).toEqual([
    {
      registryId: ours,
      repositoryName,
      imageId: { imageDigest: image.digest, imageTag: 'v1' },
      imageManifest: image.manifest,
      imageManifestMediaType: image.mediaType,
    },
    expect.objectContaining({ imageId: { imageDigest: other.digest }, imageManifest: other.manifest }),
  ]);
  expect(failures?.map(({ imageId, failureCode }) => [imageId, failureCode])).toEqual([
    [{ imageTag: 'none' }, 'ImageNotFound'],
    [{ imageDigest: missing }, 'ImageNotFound'],
    [{ imageTag: 'v1', imageDigest: other.digest }, 'ImageTagDoesNotMatchDigest'],
    [{ imageDigest: 'no digest' }, 'InvalidImageDigest'],
    [{}, 'MissingDigestAndTag'],
  ]);
});

describe('BatchDeleteImage', () => {
  const image = imageOf('image');

  async function remaining(): Promise<unknown> {
    const { imageIds } = await ecr.send(new ListImagesCommand({ repositoryName }));
    return imageIds;
  }

  test('removes a tag, and the image with its last tag', async () => {
    await push(registry, repositoryName, 'v1', image);
    await ecr.send(put(image, 'v2'));
    const remove = async (imageTag: string): Promise<unknown> =>
      (await ecr.send(new BatchDeleteImageCommand({ repositoryName, imageIds: [{ imageTag }] }))).imageIds;
    expect(await remove('v1')).toEqual([{ imageDigest: image.digest, imageTag: 'v1' }]);
    expect(await remaining()).toEqual([{ imageDigest: image.digest, imageTag: 'v2' }]);
    await remove('v2');
    expect(await remaining()).toEqual([]);
    expect((await registry.fetch(`/v2/app/manifests/${image.digest}`)).status).toBe(404);
  });

  test('removes an image with all its tags by digest', async () => {
    await push(registry, repositoryName, 'v1', image);
    await ecr.send(put(image, 'v2'));
    const { imageIds } = await ecr.send(
      new BatchDeleteImageCommand({ repositoryName, imageIds: [{ imageDigest: image.digest }] }),
    );
    expect(imageIds?.map(({ imageTag }) => imageTag)).toEqual(['v1', 'v2']);
    expect(await remaining()).toEqual([]);
  });

  test('keeps an image that an index contains', async () => {
    const index = indexOf([image]);
    await push(registry, repositoryName, image.digest, image);
    await push(registry, repositoryName, 'multi', index);
    const { failures } = await ecr.send(
      new BatchDeleteImageCommand({ repositoryName, imageIds: [{ imageDigest: image.digest }] }),
    );
    expect(failures).toEqual([
      {
        imageId: { imageDigest: image.digest },
        failureCode: 'ImageReferencedByManifestList',
        failureReason: `Requested image referenced by manifest list: [${index.digest}]`,
      },
    ]);
    await ecr.send(new BatchDeleteImageCommand({ repositoryName, imageIds: [{ imageTag: 'multi' }] }));
    await ecr.send(
      new BatchDeleteImageCommand({ repositoryName, imageIds: [{ imageDigest: image.digest }] }),
    );
    expect(await remaining()).toEqual([]);
  });
});

test('lists and describes images by tag status and in pages', async () => {
  const [tagged, untagged] = [imageOf('tagged'), imageOf('untagged')];
  await push(registry, repositoryName, 'v1', tagged);
  await push(registry, repositoryName, 'v2', tagged);
  await push(registry, repositoryName, untagged.digest, untagged);
  const list = async (tagStatus: 'TAGGED' | 'UNTAGGED' | 'ANY'): Promise<unknown[]> =>
    (await ecr.send(new ListImagesCommand({ repositoryName, filter: { tagStatus } }))).imageIds ?? [];
  expect(await list('TAGGED')).toEqual([
    { imageDigest: tagged.digest, imageTag: 'v1' },
    { imageDigest: tagged.digest, imageTag: 'v2' },
  ]);
  expect(await list('UNTAGGED')).toEqual([{ imageDigest: untagged.digest }]);
  expect(await list('ANY')).toHaveLength(3);

  const pages: unknown[] = [];
  let nextToken: string | undefined;
  do {
    const page = await ecr.send(new ListImagesCommand({ repositoryName, maxResults: 1, nextToken }));
    pages.push(page.imageIds?.length);
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  expect(pages).toEqual([1, 1, 1]);

  const described = await ecr.send(
    new DescribeImagesCommand({ repositoryName, filter: { tagStatus: 'UNTAGGED' } }),
  );
  expect(described.imageDetails).toEqual([
    {
      registryId: ours,
      repositoryName,
      imageDigest: untagged.digest,
      imageSizeInBytes: untagged.blobs.reduce((sum, { length }) => sum + length, 0),
      imagePushedAt: expect.any(Date),
      imageManifestMediaType: untagged.mediaType,
      artifactMediaType: 'application/vnd.oci.image.config.v1+json',
      imageStatus: 'ACTIVE',
    },
  ]);
  const missing = new DescribeImagesCommand({ repositoryName, imageIds: [{ imageTag: 'none' }] });
  expect(await refusalOf(ecr.send(missing))).toEqual({
    name: 'ImageNotFoundException',
    message: `The image with imageId {imageDigest:'null', imageTag:'none'} does not exist within the repository with name 'app' in the registry with id '${ours}'`,
  });
});
