import { DescribeRepositoriesCommand } from '@aws-sdk/client-ecr';
import { CodedError } from '@towpath/errors';
import type { EcrRegistry } from './aws.ts';
import { call } from './call.ts';
import type { Mutability } from './mutability.ts';

/** A repository, and what it lets its tags do. */
export interface Repository {
  readonly name: string;
  readonly mutability: Mutability;
  /** Wildcard filters of the tags that are excepted from it. */
  readonly exclusions: readonly string[];
}

/** @throws CodedError `repository-missing`, `access-denied`, … */
export async function describeRepository(
  { client, account, host }: EcrRegistry,
  name: string,
): Promise<Repository> {
  const subject = `${name} in ${host}`;
  const { repositories } = await call({ operation: 'ecr:DescribeRepositories', subject }, () =>
    client.send(new DescribeRepositoriesCommand({ registryId: account, repositoryNames: [name] })),
  );
  const [repository] = repositories ?? [];
  if (repository === undefined)
    throw new CodedError('repository-missing', `ECR describes no repository ${subject}.`);
  return {
    name,
    mutability: repository.imageTagMutability ?? 'MUTABLE',
    exclusions: (repository.imageTagMutabilityExclusionFilters ?? []).flatMap(({ filter }) => filter ?? []),
  };
}
