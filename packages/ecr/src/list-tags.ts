import { paginateListImages } from '@aws-sdk/client-ecr';
import type { EcrRegistry } from './aws.ts';
import { call } from './call.ts';

/**
 * Every tag of a repository, of all pages.
 *
 * @throws CodedError `repository-missing`, `access-denied`, …
 */
export async function listTags(registry: EcrRegistry, repository: string): Promise<readonly string[]> {
  if ('alias' in registry) return registry.remote(repository).tags();
  const { client, account, host } = registry;
  const subject = `${repository} in ${host}`;
  return call({ operation: 'ecr:ListImages', subject }, async () => {
    const tags: string[] = [];
    const pages = paginateListImages(
      { client, pageSize: 1000 },
      { registryId: account, repositoryName: repository, filter: { tagStatus: 'TAGGED' } },
    );
    for await (const { imageIds = [] } of pages)
      tags.push(...imageIds.flatMap(({ imageTag }) => imageTag ?? []));
    return tags;
  });
}
