import type {
  DescribeReplicationBackfillResultsRequest,
  DescribeReplicationBackfillResultsResponse,
  ListReplicationBackfillsRequest,
  ListReplicationBackfillsResponse,
  ReplicationBackfillResult,
  StartReplicationBackfillRequest,
  StartReplicationBackfillResponse,
  StopReplicationBackfillRequest,
  StopReplicationBackfillResponse,
} from '@aws-sdk/client-ecr';
import type { Digest } from '@towpath/reference';
import { randomUUID } from 'node:crypto';
import { Refusal } from '../refusal.ts';
import { invalidParameter } from '../registry/exceptions.ts';
import { imagesOf } from '../registry/record.ts';
import type { Registry } from '../registry/registry.ts';
import type { Backfill } from '../registry/settings.ts';
import { destinationsOf, locationKey } from '../replication/replicator.ts';
import type { Call, Operations } from './operation.ts';
import { pageOf } from './page.ts';

async function start({
  ecr,
  registry,
  input,
}: Call<StartReplicationBackfillRequest>): Promise<StartReplicationBackfillResponse> {
  const { region = '', registryId = '' } = input.destination;
  const location = { account: registryId, region };
  const key = locationKey(location);
  const isRunning = (registry.settings.backfills ?? []).some(
    (one) => one.destination.region === region && stateOf(registry, one).status === 'IN_PROGRESS',
  );
  // One at a time for a region (ECR API, ReplicationBackfillInProgressException).
  if (isRunning)
    throw new Refusal(
      'ReplicationBackfillInProgressException',
      `A replication backfill is already in progress for the Region ${region}`,
    );
  const isConfigured = registry.settings.replication.rules.some(({ destinations }) =>
    destinations.some((one) => one.registryId === registryId && one.region === region),
  );
  if (!isConfigured)
    throw invalidParameter('destination', 'must be a destination of the replication configuration');
  const chosen = registry.repositories
    .filter(({ name }) => destinationsOf(registry, name).some((one) => locationKey(one) === key))
    .flatMap((repository) => imagesOf(repository.record).map(({ digest }) => ({ repository, digest })));
  const backfill: Backfill = {
    id: randomUUID(),
    destination: { region, registryId },
    startedAt: ecr.clock.now(),
    isStopped: false,
    images: chosen.map(({ repository: { name }, digest }) => ({ repositoryName: name, digest })),
  };
  for (const { repository, digest } of chosen)
    await ecr.replicator.backfill(registry, repository, digest, location);
  await registry.configure((settings) => ({
    ...settings,
    backfills: [...(settings.backfills ?? []), backfill],
  }));
  return { registryId: registry.account, ...summary(registry, backfill) };
}

function list({ registry, input }: Call<ListReplicationBackfillsRequest>): ListReplicationBackfillsResponse {
  const all = [...(registry.settings.backfills ?? [])].sort((one, other) => (one.id < other.id ? -1 : 1));
  const { items, ...rest } = pageOf(all, { maxResults: 25, ...input }, ({ id }) => id);
  return {
    registryId: registry.account,
    backfills: items.map((one) => ({ ...summary(registry, one), progress: progressOf(registry, one) })),
    ...rest,
  };
}

function describeResults({
  registry,
  input,
}: Call<DescribeReplicationBackfillResultsRequest>): DescribeReplicationBackfillResultsResponse {
  const backfill = find(registry, input.replicationBackfillId);
  const { status, results } = stateOf(registry, backfill);
  const chosen = status === 'IN_PROGRESS' ? [] : results;
  const numbered = chosen
    .filter((one) => (input.resultStatusFilter ?? one.status) === one.status)
    .map((result, index) => ({ key: String(index).padStart(8, '0'), result }));
  const { items, ...rest } = pageOf(numbered, input, ({ key }) => key);
  return {
    registryId: registry.account,
    ...summary(registry, backfill),
    progress: progressOf(registry, backfill),
    results: items.map(({ result }) => result),
    ...rest,
  };
}

async function stop({
  registry,
  input,
}: Call<StopReplicationBackfillRequest>): Promise<StopReplicationBackfillResponse> {
  const backfill = find(registry, input.replicationBackfillId);
  if (stateOf(registry, backfill).status !== 'IN_PROGRESS')
    throw new Refusal('ReplicationBackfillInvalidStatusException', 'The replication backfill has ended');
  const stopped = { ...backfill, isStopped: true };
  await registry.configure((settings) => ({
    ...settings,
    backfills: (settings.backfills ?? []).map((one) => (one.id === stopped.id ? stopped : one)),
  }));
  return { registryId: registry.account, ...summary(registry, stopped) };
}

export const backfills: Operations = {
  StartReplicationBackfill: start,
  ListReplicationBackfills: list,
  DescribeReplicationBackfillResults: describeResults,
  StopReplicationBackfill: stop,
};

function find(registry: Registry, id: string): Backfill {
  const found = registry.settings.backfills?.find((one) => one.id === id);
  if (found !== undefined) return found;
  throw new Refusal('ReplicationBackfillNotFoundException', `The replication backfill ${id} does not exist`);
}

interface State {
  readonly status: 'IN_PROGRESS' | 'COMPLETE' | 'FAILED' | 'STOPPED';
  readonly results: readonly (ReplicationBackfillResult & { readonly status: 'COMPLETE' | 'FAILED' })[];
  readonly total: number;
}

/** A back-fill fails if half of its first 100 replications fail (ECR user guide, "Replication backfill"). */
const minProcessed = 100;

function stateOf(registry: Registry, { destination, images, isStopped }: Backfill): State {
  const key = locationKey({ account: destination.registryId, region: destination.region });
  const replications = images.flatMap(({ repositoryName, digest }) => {
    const record = registry.find(repositoryName)?.record;
    const state = record?.images[digest]?.replication?.[key] ?? {
      status: 'FAILED',
      failureCode: 'ImageNotFound',
    };
    return tagsOf(record?.tags ?? {}, digest).map((imageTag) => ({
      repositoryName,
      imageId: { imageDigest: digest, ...(imageTag !== undefined && { imageTag }) },
      ...state,
    }));
  });
  const results = replications.flatMap((one) =>
    one.status === 'IN_PROGRESS' ? [] : [{ ...one, status: one.status }],
  );
  const failed = results.filter(({ status }) => status === 'FAILED').length;
  const isDone = results.length === replications.length;
  const isFailed = results.length >= minProcessed && failed * 2 >= results.length;
  const status = isStopped ? 'STOPPED' : isFailed ? 'FAILED' : isDone ? 'COMPLETE' : 'IN_PROGRESS';
  return { status, results, total: replications.length };
}

/** Each tag of an image counts as a replication (ECR API, ReplicationBackfillProgress). */
function tagsOf(tags: Readonly<Record<string, Digest>>, digest: Digest): (string | undefined)[] {
  const own = Object.keys(tags).filter((tag) => tags[tag] === digest);
  return own.length === 0 ? [undefined] : own;
}

function summary(registry: Registry, backfill: Backfill) {
  return {
    replicationBackfillId: backfill.id,
    destination: { ...backfill.destination },
    status: stateOf(registry, backfill).status,
    startedAt: new Date(backfill.startedAt),
  };
}

function progressOf(registry: Registry, backfill: Backfill) {
  const { results, total } = stateOf(registry, backfill);
  const failed = results.filter((one) => one.status === 'FAILED');
  return {
    totalReplicationCount: total,
    completedReplicationCount: results.length - failed.length,
    failedReplicationCount: failed.length,
    failureCodes: [...new Set(failed.flatMap(({ failureCode }) => failureCode ?? []))],
  };
}
