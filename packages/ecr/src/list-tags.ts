import { ListImagesCommand } from '@aws-sdk/client-ecr';
import type { EcrRegistry } from './aws.ts';
import { call } from './call.ts';
import { readPages } from './pages.ts';

const pageSize = 1000;

/**
 * Returns all tags of a repository.
 *
 * @param maxPages the maximum number of pages of 1,000 tags in a private registry
 * @throws CodedError `repository-missing`, `access-denied`, `outside-failed` if the pages do not end, …
 */
export async function listTags(
  registry: EcrRegistry,
  repository: string,
  maxPages?: number,
): Promise<readonly string[]> {
  if (registry.kind === 'public') return registry.remote(repository).tags();
  const { client, account, host } = registry;
  const what = { operation: 'ecr:ListImages', subject: `${repository} in ${host}` };
  const request = {
    registryId: account,
    repositoryName: repository,
    filter: { tagStatus: 'TAGGED' as const },
    maxResults: pageSize,
  };
  const read = (nextToken: string | undefined) =>
    call(what, () => client.send(new ListImagesCommand({ ...request, nextToken })));
  const pages = readPages(what, read, maxPages);
  const tags: string[] = [];
  for await (const { imageIds = [] } of pages)
    for (const { imageTag } of imageIds) if (imageTag !== undefined) tags.push(imageTag);
  return tags;
}
