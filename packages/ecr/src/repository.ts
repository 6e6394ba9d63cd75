import {
  CreateRepositoryCommand,
  DescribeRepositoriesCommand,
  type Repository as Described,
} from '@aws-sdk/client-ecr';
import { forAll } from '@towpath/concurrency';
import { CodedError } from '@towpath/errors';
import type { EcrRegistry, PrivateEcr, PublicEcr } from './aws.ts';
import { call, failure } from './call.ts';
import { chunks } from './chunks.ts';
import { createPublicRepository } from './public-registry.ts';
import type { Mutability } from './mutability.ts';

/** A repository, and what it lets its tags do. Those of a public registry let all of them move. */
export interface Repository {
  readonly name: string;
  readonly mutability: Mutability;
  /** Wildcard filters of the tags that are excepted from it. */
  readonly exclusions: readonly string[];
}

/** What a new repository is to be; a public one is as AWS makes it. */
export interface NewRepository extends Repository {
  readonly scanOnPush: boolean;
  readonly encryption: { readonly type: 'AES256' } | { readonly type: 'KMS'; readonly key?: string };
}

/** Names in one DescribeRepositories (ECR API). */
const batchSize = 100;

/**
 * Those of the repositories that there are, by their names.
 *
 * @throws CodedError `access-denied`, …
 */
export async function describeRepositories(
  registry: EcrRegistry,
  names: readonly string[],
): Promise<ReadonlyMap<string, Repository>> {
  if (registry.kind === 'public') return findPublicRepositories(registry, names);
  const batches = chunks([...new Set(names)], batchSize);
  const found = await forAll(batches, (batch) => describePresent(registry, batch));
  return new Map(found.flat().map((repository) => [repository.name, repository]));
}

/** They are seen over the registry API, which asks for no further right. */
async function findPublicRepositories(
  { remote }: PublicEcr,
  names: readonly string[],
): Promise<ReadonlyMap<string, Repository>> {
  const found = new Map<string, Repository>();
  await forAll(new Set(names), async (name) => {
    if (await remote(name).exists()) found.set(name, { name, mutability: 'MUTABLE', exclusions: [] });
  });
  return found;
}

/** ECR answers for all of them or for none: where one is missing, each is asked for by itself. */
async function describePresent(
  registry: PrivateEcr,
  names: readonly string[],
): Promise<readonly Repository[]> {
  try {
    return await describe(registry, names);
  } catch (error) {
    if (!(error instanceof CodedError) || error.code !== 'repository-missing') throw error;
    if (names.length === 1) return [];
    return (await forAll(names, (name) => describePresent(registry, [name]))).flat();
  }
}

async function describe(
  { client, account, host }: PrivateEcr,
  names: readonly string[],
): Promise<readonly Repository[]> {
  const subject = `${names.join(', ')} in ${host}`;
  const { repositories = [] } = await call({ operation: 'ecr:DescribeRepositories', subject }, () =>
    client.send(new DescribeRepositoriesCommand({ registryId: account, repositoryNames: [...names] })),
  );
  return repositories.map(read);
}

function read({ repositoryName = '', imageTagMutability, ...described }: Described): Repository {
  return {
    name: repositoryName,
    mutability: imageTagMutability ?? 'MUTABLE',
    exclusions: (described.imageTagMutabilityExclusionFilters ?? []).flatMap(({ filter }) => filter ?? []),
  };
}

/**
 * Creates a repository. One that somebody else has created meanwhile is as good.
 *
 * @throws CodedError `access-denied`, …
 */
export async function createRepository(registry: EcrRegistry, repository: NewRepository): Promise<void> {
  const { name, mutability, exclusions, scanOnPush, encryption } = repository;
  if (registry.kind === 'public') {
    await createPublicRepository(registry, name);
    return;
  }
  const { client, account, host } = registry;
  const command = new CreateRepositoryCommand({
    registryId: account,
    repositoryName: name,
    imageTagMutability: mutability,
    ...(exclusions.length > 0 && {
      imageTagMutabilityExclusionFilters: exclusions.map((filter) => ({ filterType: 'WILDCARD', filter })),
    }),
    imageScanningConfiguration: { scanOnPush },
    encryptionConfiguration: {
      encryptionType: encryption.type,
      ...('key' in encryption && { kmsKey: encryption.key }),
    },
  });
  try {
    await client.send(command);
  } catch (error) {
    if (error instanceof Error && error.name === 'RepositoryAlreadyExistsException') return;
    throw failure({ operation: 'ecr:CreateRepository', subject: `${name} in ${host}` }, error);
  }
}
