import {
  BatchCheckLayerAvailabilityCommand,
  CreateRepositoryCommand,
  DescribeRegistriesCommand,
} from '@aws-sdk/client-ecr-public';
import { forAll } from '@towpath/concurrency';
import { CodedError } from '@towpath/errors';
import type { Manifest } from '@towpath/oci';
import { registryUri, type Digest } from '@towpath/reference';
import type { PublicEcr } from './aws.ts';
import { call, failure } from './call.ts';
import type { ImageKey } from './images.ts';
import { readPages } from './pages.ts';

/**
 * The verbs of a public registry that differ from those of a private one. Its API knows neither BatchGetImage nor
 * settings of tags, scans, encryption and replication (ECR Public API reference).
 */

/** Manifests are small; the rate at which they may be pulled is too: 10 a second (ECR Public service quotas). */
const concurrentManifests = 6;

/** As {@link findImages}. */
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

/** Of these layers those that a repository has, at most 100. */
export async function availablePublicLayers(
  registry: PublicEcr,
  repository: string,
  digests: readonly Digest[],
): Promise<ReadonlySet<string | undefined>> {
  const subject = `${registryUri(registry)}/${repository}`;
  const { layers = [] } = await call({ operation: 'ecr-public:BatchCheckLayerAvailability', subject }, () =>
    registry.client.send(
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
 * As {@link createRepository}. It is made in the caller's own registry, whatever alias was meant.
 *
 * @throws CodedError `registry-unknown` when the alias is not the caller's; `access-denied`, …
 */
export async function createPublicRepository(registry: PublicEcr, name: string): Promise<void> {
  await demandOwnAlias(registry);
  try {
    await registry.client.send(new CreateRepositoryCommand({ repositoryName: name }));
  } catch (error) {
    if (error instanceof Error && error.name === 'RepositoryAlreadyExistsException') return;
    const subject = `${registryUri(registry)}/${name}`;
    throw failure({ operation: 'ecr-public:CreateRepository', subject }, error);
  }
}

/**
 * Makes sure that a public registry is the caller's: repositories can be created in no other.
 *
 * @throws CodedError `registry-unknown`, `access-denied`, …
 */
export async function demandOwnAlias({ client, alias, host }: PublicEcr): Promise<void> {
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
    `${host}/${alias} is not the public registry of this account: no repository can be created there.`,
    {
      hint:
        own.length === 0
          ? 'The account has no public registry yet: AWS gives it an alias with its first public repository.'
          : `The account's own is ${own.map((name) => `${host}/${name}`).join(', ')}. In another account's, its owner creates repositories.`,
    },
  );
}

/**
 * As {@link tagImage}. Nothing holds a tag there but whoever comes later: it is looked at once more before it is set.
 *
 * @param mayMove whether it may name another image now
 */
export async function tagPublicImage(
  registry: PublicEcr,
  repository: string,
  manifest: Manifest,
  tag: string,
  mayMove: boolean,
): Promise<'put' | 'there'> {
  const remote = registry.remote(repository);
  const holder = (await remote.find(tag))?.digest;
  if (holder === manifest.digest) return 'there';
  if (holder === undefined || mayMove) {
    await remote.putManifest(manifest, tag);
    return 'put';
  }
  throw new CodedError(
    'tag-conflict',
    `Tag ${tag} of ${registryUri(registry)}/${repository} names ${holder} and does not move: it cannot name ${manifest.digest}.`,
    { hint: 'Publish under another version.' },
  );
}
