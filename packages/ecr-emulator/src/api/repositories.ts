import type {
  CreateRepositoryRequest,
  CreateRepositoryResponse,
  DeleteRepositoryRequest,
  DeleteRepositoryResponse,
  DescribeRepositoriesRequest,
  DescribeRepositoriesResponse,
  ListTagsForResourceRequest,
  ListTagsForResourceResponse,
  PutImageScanningConfigurationRequest,
  PutImageScanningConfigurationResponse,
  PutImageTagMutabilityRequest,
  PutImageTagMutabilityResponse,
  Repository as RepositoryOutput,
  TagResourceRequest,
  UntagResourceRequest,
} from '@aws-sdk/client-ecr';
import { keyArn, managedKeyArn, parseRepositoryArn, repositoryArn } from '../access/arn.ts';
import type { Registry } from '../registry/registry.ts';
import type { Repository } from '../registry/repository.ts';
import { invalidParameter } from '../registry/exceptions.ts';
import type { Call, Operations } from './operation.ts';
import { pageOf } from './page.ts';
import { describeMutability, mutabilityOf } from './mutability.ts';
import { describeTags, withTags } from './resource-tags.ts';

async function createRepository({
  ecr,
  registry,
  input,
}: Call<CreateRepositoryRequest>): Promise<CreateRepositoryResponse> {
  const { encryptionType = 'AES256', kmsKey } = input.encryptionConfiguration ?? {};
  const repository = await registry.create({
    name: input.repositoryName,
    createdAt: ecr.clock.now(),
    mutability: mutabilityOf(input.imageTagMutability, input.imageTagMutabilityExclusionFilters),
    scanOnPush: input.imageScanningConfiguration?.scanOnPush ?? false,
    // ECR returns the ARN of a key, however it was given.
    encryption: {
      type: encryptionType,
      ...(kmsKey !== undefined && { kmsKey: keyArn(registry, kmsKey) }),
    },
    resourceTags: withTags({}, input.tags ?? []),
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
  if (repositoryNames !== undefined) {
    return { repositories: repositoryNames.map((name) => describe(registry, registry.repository(name))) };
  }
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

async function putImageTagMutability({
  registry,
  input,
}: Call<PutImageTagMutabilityRequest>): Promise<PutImageTagMutabilityResponse> {
  const repository = registry.repository(input.repositoryName);
  const mutability = mutabilityOf(input.imageTagMutability, input.imageTagMutabilityExclusionFilters);
  await repository.update((record) => ({ ...record, mutability }));
  return {
    registryId: registry.account,
    repositoryName: repository.name,
    ...describeMutability(mutability),
  };
}

async function putImageScanningConfiguration({
  registry,
  input,
}: Call<PutImageScanningConfigurationRequest>): Promise<PutImageScanningConfigurationResponse> {
  const repository = registry.repository(input.repositoryName);
  const scanOnPush = input.imageScanningConfiguration.scanOnPush ?? false;
  await repository.update((record) => ({ ...record, scanOnPush }));
  return {
    registryId: registry.account,
    repositoryName: repository.name,
    imageScanningConfiguration: { scanOnPush },
  };
}

function listTagsForResource({
  registry,
  input,
}: Call<ListTagsForResourceRequest>): ListTagsForResourceResponse {
  const { resourceTags } = repositoryAt(registry, input.resourceArn).record;
  return { tags: describeTags(resourceTags) };
}

async function tagResource({ registry, input }: Call<TagResourceRequest>): Promise<void> {
  await repositoryAt(registry, input.resourceArn).update((record) => ({
    ...record,
    resourceTags: withTags(record.resourceTags, input.tags),
  }));
}

async function untagResource({ registry, input }: Call<UntagResourceRequest>): Promise<void> {
  await repositoryAt(registry, input.resourceArn).update((record) => ({
    ...record,
    resourceTags: Object.fromEntries(
      Object.entries(record.resourceTags).filter(([key]) => !input.tagKeys.includes(key)),
    ),
  }));
}

export const repositories: Operations = {
  CreateRepository: createRepository,
  DescribeRepositories: describeRepositories,
  DeleteRepository: deleteRepository,
  PutImageTagMutability: putImageTagMutability,
  PutImageScanningConfiguration: putImageScanningConfiguration,
  ListTagsForResource: listTagsForResource,
  TagResource: tagResource,
  UntagResource: untagResource,
};

/** Describes a repository with the names of real ECR. */
function describe(registry: Registry, { name, record }: Repository): RepositoryOutput {
  const { createdAt, mutability, scanOnPush, encryption } = record;
  return {
    repositoryArn: repositoryArn(registry, name),
    registryId: registry.account,
    repositoryName: name,
    repositoryUri: `${registry.host}/${name}`,
    createdAt: new Date(createdAt),
    ...describeMutability(mutability),
    imageScanningConfiguration: { scanOnPush },
    encryptionConfiguration: {
      encryptionType: encryption.type,
      // The default key is the account's managed key (ECR API, EncryptionConfiguration).
      kmsKey: encryption.kmsKey ?? (encryption.type === 'AES256' ? undefined : managedKeyArn(registry)),
    },
  };
}

function repositoryAt(registry: Registry, arn: string): Repository {
  const parsed = parseRepositoryArn(arn);
  if (parsed === undefined) throw invalidParameter('resourceArn', 'Invalid ARN');
  return registry.repository(parsed.name);
}
