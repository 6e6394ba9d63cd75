import { DescribeRepositoriesCommand, type Repository as Described } from '@aws-sdk/client-ecr';
import type { PrivateEcr } from './aws.ts';
import { call } from './call.ts';
import { readPages } from './pages.ts';
import { readRepository, type Encryption } from './repository.ts';
import type { Repository } from './mutability.ts';

/** A repository with all settings that DescribeRepositories returns. */
export interface ListedRepository extends Repository {
  readonly arn: string;
  readonly scanOnPush: boolean;
  readonly encryption: Encryption;
}

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
}: PrivateEcr): Promise<readonly ListedRepository[]> {
  const what = { operation: 'ecr:DescribeRepositories', subject: host };
  const read = (nextToken: string | undefined) =>
    call(what, () =>
      client.send(new DescribeRepositoriesCommand({ registryId: account, maxResults: pageSize, nextToken })),
    );
  const found: ListedRepository[] = [];
  for await (const { repositories = [] } of readPages(what, read, maxPages))
    found.push(...repositories.map(readListed));
  return found;
}

function readListed(described: Described): ListedRepository {
  const { encryptionType, kmsKey: key } = described.encryptionConfiguration ?? {};
  const type = encryptionType === 'KMS' || encryptionType === 'KMS_DSSE' ? encryptionType : 'AES256';
  return {
    ...readRepository(described),
    arn: described.repositoryArn ?? '',
    scanOnPush: described.imageScanningConfiguration?.scanOnPush ?? false,
    encryption: type === 'AES256' ? { type } : { type, ...(key !== undefined && { key }) },
  };
}
