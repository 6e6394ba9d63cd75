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
import type { Repository } from './mutability.ts';

/** The settings of a new private repository. A public repository has none of them. */
export interface NewRepository extends Repository {
  readonly scanOnPush: boolean;
  readonly encryption: Encryption;
  /** Resource tags of AWS. */
  readonly tags?: Readonly<Record<string, string>>;
}

/** The encryption: with ECR's key, with the AWS managed KMS key, or with your own KMS key (ARN, id or alias). */
export type Encryption =
  { readonly type: 'AES256' } | { readonly type: 'KMS' | 'KMS_DSSE'; readonly key?: string };

/** Returns a new repository with settings of the configuration. */
export function newRepository(
  name: string,
  settings: Pick<NewRepository, 'scanOnPush' | 'encryption'> & {
    readonly immutability: { readonly mode: 'immutable' | 'mutable'; readonly except: readonly string[] };
  },
): NewRepository {
  const { immutability, scanOnPush, encryption } = settings;
  return { name, ...toMutability(immutability), scanOnPush, encryption };
}

/** Returns ECR's form of the mutability of tags. */
function toMutability({
  mode,
  except,
}: {
  readonly mode: 'immutable' | 'mutable';
  readonly except: readonly string[];
}): Pick<Repository, 'mutability' | 'exclusions'> {
  const plain = mode === 'immutable' ? 'IMMUTABLE' : 'MUTABLE';
  return { mutability: except.length === 0 ? plain : `${plain}_WITH_EXCLUSION`, exclusions: except };
}

/** The maximum number of names in DescribeRepositories (ECR API). */
const batchSize = 100;

/**
 * Returns the existing repositories, by name.
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

/** Looks up public repositories over the registry API, which needs no further permission. */
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

/**
 * Describes existing repositories. If one is missing, ECR fails the whole call and names it. The others are described
 * again, and separately if another one is missing.
 */
async function describePresent(
  registry: PrivateEcr,
  names: readonly string[],
  isFirst = true,
): Promise<readonly Repository[]> {
  try {
    return await describe(registry, names);
  } catch (error) {
    if (!(error instanceof CodedError) || error.code !== 'repository-missing') throw error;
    if (names.length === 1) return [];
    const others = names.filter((name) => !error.message.includes(`'${name}'`));
    if (isFirst && others.length === names.length - 1) return describePresent(registry, others, false);
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
  return repositories.map(readRepository);
}

/** Returns the settings in an answer of ECR. */
export function readRepository({
  repositoryName = '',
  imageTagMutability,
  ...described
}: Described): Repository {
  return {
    name: repositoryName,
    mutability: imageTagMutability ?? 'MUTABLE',
    exclusions: (described.imageTagMutabilityExclusionFilters ?? []).flatMap(({ filter }) => filter ?? []),
  };
}

/**
 * Creates a repository. Succeeds if the repository was created concurrently.
 *
 * @throws CodedError `access-denied`, …
 */
export async function createRepository(registry: EcrRegistry, repository: NewRepository): Promise<void> {
  const { name, mutability, exclusions, scanOnPush, encryption, tags = {} } = repository;
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
    ...(Object.keys(tags).length > 0 && {
      tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    }),
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
