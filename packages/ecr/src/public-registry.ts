import { forAll } from '@towpath/concurrency';
import { CodedError } from '@towpath/errors';
import type { Manifest } from '@towpath/oci';
import { registryUri, type Digest } from '@towpath/reference';
import type { PublicEcr } from './aws.ts';
import { call, failure } from './call.ts';
import type { ImageKey } from './image-key.ts';
import { readPages } from './pages.ts';

/**
 * The operations that differ between public and private registries. The public API has no BatchGetImage and no settings
 * for tags, scans, encryption and replication (ECR Public API reference).
 */

/** Limited because the quota is 10 pulls per second (ECR Public service quotas). */
const concurrentManifests = 6;

/** Implements {@link findImages}. */
export async function findPublicImages(
  registry: PublicEcr,
  repository: string,
  keys: readonly ImageKey[],
): Promise<ReadonlyMap<ImageKey, Manifest>> {
  const remote = registry.remote(repository);
  const found = new Map<ImageKey, Manifest>();
  const find = async (key: ImageKey): Promise<void> => {
    const manifest = await remote.find(key);
    if (manifest !== undefined) found.set(key, manifest);
  };
  await forAll(new Set(keys), find, { limit: concurrentManifests });
  return found;
}

/** Returns the layers that exist in a repository, of at most 100. */
export async function availablePublicLayers(
  registry: PublicEcr,
  repository: string,
  digests: readonly Digest[],
): Promise<ReadonlySet<string | undefined>> {
  const subject = `${registryUri(registry)}/${repository}`;
  const { BatchCheckLayerAvailabilityCommand } = await import('@aws-sdk/client-ecr-public');
  const client = await registry.client();
  const { layers = [] } = await call({ operation: 'ecr-public:BatchCheckLayerAvailability', subject }, () =>
    client.send(
      new BatchCheckLayerAvailabilityCommand({
        registryId: registry.alias,
        repositoryName: repository,
        layerDigests: [...digests],
      }),
    ),
  );
  return new Set(layers.filter((one) => one.layerAvailability === 'AVAILABLE').map((one) => one.layerDigest));
}

/**
 * Implements {@link createRepository}. AWS creates the repository in the caller's own registry for any alias.
 *
 * @throws CodedError `registry-unknown` if the alias is not the caller's; `access-denied`, …
 */
export async function createPublicRepository(registry: PublicEcr, name: string): Promise<void> {
  await requireOwnAlias(registry);
  const { CreateRepositoryCommand } = await import('@aws-sdk/client-ecr-public');
  const client = await registry.client();
  try {
    await client.send(new CreateRepositoryCommand({ repositoryName: name }));
  } catch (error) {
    if (error instanceof Error && error.name === 'RepositoryAlreadyExistsException') return;
    const subject = `${registryUri(registry)}/${name}`;
    throw failure({ operation: 'ecr-public:CreateRepository', subject }, error);
  }
}

/**
 * Checks that a public registry is the caller's own, the only one in which the caller can create repositories.
 *
 * @throws CodedError `registry-unknown`, `access-denied`, …
 */
export async function requireOwnAlias({ client: open, alias, host }: PublicEcr): Promise<void> {
  const { DescribeRegistriesCommand } = await import('@aws-sdk/client-ecr-public');
  const client = await open();
  const what = { operation: 'ecr-public:DescribeRegistries' };
  const pages = readPages(what, (nextToken) =>
    call(what, () => client.send(new DescribeRegistriesCommand({ nextToken }))),
  );
  const own: string[] = [];
  for await (const { registries = [] } of pages)
    own.push(...registries.flatMap(({ aliases = [] }) => aliases.flatMap(({ name }) => name ?? [])));
  if (own.includes(alias)) return;
  throw new CodedError(
    'registry-unknown',
    `${host}/${alias} is not the public registry of this account, so no repository can be created there.`,
    {
      hint:
        own.length === 0
          ? 'Create the first public repository of the account yourself: AWS then gives the account an alias.'
          : `Set the registry to ${own.map((name) => `${host}/${name}`).join(' or ')}, the public registry of this account, or ask the owner of ${alias} to create the repository.`,
    },
  );
}

/**
 * Implements {@link tagImage}. Public tags are never immutable, so the tag is read again before it is set.
 *
 * @param mayMove whether the tag may point to another image now
 */
export async function tagPublicImage(
  registry: PublicEcr,
  repository: string,
  manifest: Manifest,
  tag: string,
  mayMove: boolean,
): Promise<'put' | 'there'> {
  const remote = registry.remote(repository);
  const current = (await remote.find(tag))?.digest;
  if (current === manifest.digest) return 'there';
  if (current === undefined || mayMove) {
    await remote.putManifest(manifest, tag);
    return 'put';
  }
  throw new CodedError(
    'tag-conflict',
    `Tag ${tag} of ${registryUri(registry)}/${repository} must not move from ${current} to ${manifest.digest}.`,
    { hint: 'Publish under another version.' },
  );
}
