import type {
  CreateRepositoryRequest,
  CreateRepositoryResponse,
  DeleteRepositoryRequest,
  DeleteRepositoryResponse,
  DescribeImagesRequest,
  DescribeImagesResponse,
  DescribeImageTagsRequest,
  DescribeImageTagsResponse,
  DescribeRegistriesRequest,
  DescribeRegistriesResponse,
  DescribeRepositoriesRequest,
  DescribeRepositoriesResponse,
  GetAuthorizationTokenRequest,
  GetAuthorizationTokenResponse,
  ImageDetail,
  ReferencedImageDetail,
  Repository as RepositoryOutput,
  SetRepositoryPolicyRequest,
  SetRepositoryPolicyResponse,
} from '@aws-sdk/client-ecr-public';
import { repositoryArn } from '../access/arn.ts';
import { issueToken } from '../access/authorization-token.ts';
import { findImage } from '../registry/find-image.ts';
import { aliasOf, publicHost } from '../registry/public-registry.ts';
import { imageSize } from '../registry/image-size.ts';
import { imagesOf, type Image } from '../registry/record.ts';
import type { Registry } from '../registry/registry.ts';
import type { Repository } from '../registry/repository.ts';
import { checkPolicy } from './check-policy.ts';
import { images } from './images.ts';
import { layers } from './layers.ts';
import type { Call, Operations } from './operation.ts';
import { pageOf } from './page.ts';

/** Returns one object and not a list, as ECR Public does. */
function getAuthorizationToken({
  ecr,
  caller,
  registry,
}: Call<GetAuthorizationTokenRequest>): GetAuthorizationTokenResponse {
  const { token, expiresAt } = issueToken(ecr.secret, caller, registry.region, ecr.clock.now());
  return { authorizationData: { authorizationToken: token, expiresAt } };
}

/** Returns the caller's only public registry, with its alias. */
function describeRegistries({ registry }: Call<DescribeRegistriesRequest>): DescribeRegistriesResponse {
  const { account } = registry;
  const name = aliasOf(account);
  return {
    registries: [
      {
        registryId: account,
        registryArn: `arn:aws:ecr-public::${account}:registry/${account}`,
        registryUri: `${publicHost}/${name}`,
        verified: false,
        aliases: [{ name, status: 'ACTIVE', primaryRegistryAlias: true, defaultRegistryAlias: true }],
      },
    ],
  };
}

/** Creates a mutable and unscanned repository. The API has no settings except catalog data. */
async function createRepository({
  ecr,
  registry,
  input,
}: Call<CreateRepositoryRequest>): Promise<CreateRepositoryResponse> {
  const repository = await registry.create({
    name: input.repositoryName,
    createdAt: ecr.clock.now(),
    mutability: { mode: 'MUTABLE', exclusions: [] },
    scanOnPush: false,
    encryption: { type: 'AES256' },
    resourceTags: Object.fromEntries((input.tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value])),
    images: {},
    tags: {},
  });
  return { repository: describe(registry, repository) };
}

function describeRepositories({
  registry,
  input,
}: Call<DescribeRepositoriesRequest>): DescribeRepositoriesResponse {
  const { repositoryNames } = input;
  if (repositoryNames !== undefined)
    return { repositories: repositoryNames.map((name) => describe(registry, registry.repository(name))) };
  const { items, ...rest } = pageOf(registry.repositories, input, ({ name }) => name);
  return { repositories: items.map((one) => describe(registry, one)), ...rest };
}

async function deleteRepository({
  registry,
  input,
}: Call<DeleteRepositoryRequest>): Promise<DeleteRepositoryResponse> {
  const repository = registry.repository(input.repositoryName);
  await registry.remove(repository, input.force ?? false);
  return { repository: describe(registry, repository) };
}

async function setRepositoryPolicy({
  registry,
  input,
}: Call<SetRepositoryPolicyRequest>): Promise<SetRepositoryPolicyResponse> {
  const { repositoryName, policyText } = input;
  checkPolicy(policyText, 'public repository');
  await registry.repository(repositoryName).update((record) => ({ ...record, policy: policyText }));
  return { registryId: registry.account, repositoryName, policyText };
}

function describeImages({ registry, input }: Call<DescribeImagesRequest>): DescribeImagesResponse {
  const repository = registry.repository(input.repositoryName);
  if (input.imageIds !== undefined) {
    const found = input.imageIds.map((id) => findImage(repository, id));
    return { imageDetails: found.map((image) => detailOf(registry, repository, image)) };
  }
  const { items, ...rest } = pageOf(imagesOf(repository.record), input, ({ digest }) => digest);
  return { imageDetails: items.map((image) => detailOf(registry, repository, image)), ...rest };
}

function describeImageTags({ registry, input }: Call<DescribeImageTagsRequest>): DescribeImageTagsResponse {
  const repository = registry.repository(input.repositoryName);
  const tagged = imagesOf(repository.record)
    .flatMap((image) => image.tags.map((tag) => ({ tag, image })))
    .sort((one, other) => (one.tag < other.tag ? -1 : 1));
  const { items, ...rest } = pageOf(tagged, input, ({ tag }) => tag);
  return {
    imageTagDetails: items.map(({ tag, image }) => ({
      imageTag: tag,
      createdAt: new Date(image.pushedAt),
      imageDetail: referenceTo(repository, image),
    })),
    ...rest,
  };
}

/** The operations of public registries. Those shared with private registries have the same implementation. */
export const publicRegistries: Operations = {
  ...pick(images, ['PutImage', 'BatchDeleteImage']),
  ...pick(layers, [
    'BatchCheckLayerAvailability',
    'InitiateLayerUpload',
    'UploadLayerPart',
    'CompleteLayerUpload',
  ]),
  GetAuthorizationToken: getAuthorizationToken,
  DescribeRegistries: describeRegistries,
  CreateRepository: createRepository,
  DescribeRepositories: describeRepositories,
  DeleteRepository: deleteRepository,
  SetRepositoryPolicy: setRepositoryPolicy,
  DescribeImages: describeImages,
  DescribeImageTags: describeImageTags,
};

function pick(operations: Operations, names: readonly string[]): Operations {
  return Object.fromEntries(Object.entries(operations).filter(([name]) => names.includes(name)));
}

function describe(registry: Registry, { name, record }: Repository): RepositoryOutput {
  return {
    repositoryArn: repositoryArn(registry, name),
    registryId: registry.account,
    repositoryName: name,
    repositoryUri: `${publicHost}/${aliasOf(registry.account)}/${name}`,
    createdAt: new Date(record.createdAt),
  };
}

function detailOf(registry: Registry, repository: Repository, image: Image): ImageDetail {
  return {
    registryId: registry.account,
    repositoryName: repository.name,
    ...(image.tags.length > 0 && { imageTags: [...image.tags] }),
    ...referenceTo(repository, image),
  };
}

function referenceTo({ record }: Repository, image: Image): ReferencedImageDetail {
  return {
    imageDigest: image.digest,
    imageSizeInBytes: imageSize(record, image),
    imagePushedAt: new Date(image.pushedAt),
    imageManifestMediaType: image.mediaType,
    ...(image.artifactType !== undefined && { artifactMediaType: image.artifactType }),
  };
}
