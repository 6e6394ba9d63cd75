import { DescribeRepositoriesCommand } from '@aws-sdk/client-ecr';
import type { PrivateEcr } from './aws.ts';
import { call } from './call.ts';
import { readPages } from './pages.ts';
import { readRepository, type Repository } from './repository.ts';

const pageSize = 1000;

/** 100,000 repositories, the maximum of a registry (Amazon ECR service quotas). */
const maxPages = 100;

/**
 * Returns all repositories of a registry.
 *
 * @throws CodedError `access-denied`, …
 */
export async function listRepositories({
  client,
  account,
  host,
}: PrivateEcr): Promise<readonly Repository[]> {
  const what = { operation: 'ecr:DescribeRepositories', subject: host };
  const read = (nextToken: string | undefined) =>
    call(what, () =>
      client.send(new DescribeRepositoriesCommand({ registryId: account, maxResults: pageSize, nextToken })),
    );
  const found: Repository[] = [];
  for await (const { repositories = [] } of readPages(what, read, maxPages))
    found.push(...repositories.map(readRepository));
  return found;
}
