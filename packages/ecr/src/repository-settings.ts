import {
  DeleteRepositoryCommand,
  ListTagsForResourceCommand,
  PutImageScanningConfigurationCommand,
  PutImageTagMutabilityCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-ecr';
import type { PrivateEcr } from './aws.ts';
import { call, failure } from './call.ts';
import type { Repository } from './mutability.ts';

/** @throws CodedError `repository-missing`, `access-denied`, … */
export async function putTagMutability(
  { client, account, host }: PrivateEcr,
  { name, mutability, exclusions }: Repository,
): Promise<void> {
  const command = new PutImageTagMutabilityCommand({
    registryId: account,
    repositoryName: name,
    imageTagMutability: mutability,
    ...(exclusions.length > 0 && {
      imageTagMutabilityExclusionFilters: exclusions.map((filter) => ({ filterType: 'WILDCARD', filter })),
    }),
  });
  await call({ operation: 'ecr:PutImageTagMutability', subject: `${name} in ${host}` }, () =>
    client.send(command),
  );
}

/** @throws CodedError `repository-missing`, `access-denied`, … */
export async function putScanOnPush(
  { client, account, host }: PrivateEcr,
  repositoryName: string,
  scanOnPush: boolean,
): Promise<void> {
  const command = new PutImageScanningConfigurationCommand({
    registryId: account,
    repositoryName,
    imageScanningConfiguration: { scanOnPush },
  });
  await call(
    { operation: 'ecr:PutImageScanningConfiguration', subject: `${repositoryName} in ${host}` },
    () => client.send(command),
  );
}

/**
 * Returns the resource tags of a repository.
 *
 * @param resourceArn the ARN of the repository
 * @throws CodedError `repository-missing`, `access-denied`, …
 */
export async function resourceTags(
  { client }: PrivateEcr,
  resourceArn: string,
): Promise<Readonly<Record<string, string>>> {
  const { tags = [] } = await call({ operation: 'ecr:ListTagsForResource', subject: resourceArn }, () =>
    client.send(new ListTagsForResourceCommand({ resourceArn })),
  );
  return Object.fromEntries(tags.flatMap(({ Key, Value = '' }) => (Key === undefined ? [] : [[Key, Value]])));
}

/** Adds resource tags to a repository or changes their values. Other tags stay. */
export async function addResourceTags(
  { client }: PrivateEcr,
  resourceArn: string,
  tags: Readonly<Record<string, string>>,
): Promise<void> {
  const list = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  await call({ operation: 'ecr:TagResource', subject: resourceArn }, () =>
    client.send(new TagResourceCommand({ resourceArn, tags: list })),
  );
}

/** Removes resource tags from a repository. Keys that it does not have are ignored. */
export async function removeResourceTags(
  { client }: PrivateEcr,
  resourceArn: string,
  tagKeys: readonly string[],
): Promise<void> {
  await call({ operation: 'ecr:UntagResource', subject: resourceArn }, () =>
    client.send(new UntagResourceCommand({ resourceArn, tagKeys: [...tagKeys] })),
  );
}

/**
 * Deletes a repository if it has no images. ECR refuses to delete any other, because `force` is never used. Succeeds if
 * the repository does not exist.
 *
 * @returns whether it was deleted. False: it has images
 */
export async function deleteEmptyRepository(
  { client, account, host }: PrivateEcr,
  repositoryName: string,
): Promise<boolean> {
  try {
    await client.send(new DeleteRepositoryCommand({ registryId: account, repositoryName }));
    return true;
  } catch (error) {
    if (error instanceof Error && error.name === 'RepositoryNotFoundException') return true;
    if (error instanceof Error && error.name === 'RepositoryNotEmptyException') return false;
    throw failure({ operation: 'ecr:DeleteRepository', subject: `${repositoryName} in ${host}` }, error);
  }
}
