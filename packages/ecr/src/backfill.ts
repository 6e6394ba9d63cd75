import { ListReplicationBackfillsCommand, StartReplicationBackfillCommand } from '@aws-sdk/client-ecr';
import type { PrivateEcr } from './aws.ts';
import { call, failure } from './call.ts';
import { readPages } from './pages.ts';
import type { ReplicationDestination } from './replication-rules.ts';

/** A back-fill: it copies the images that were there before a replication rule. */
export interface Backfill {
  readonly id: string;
  readonly destination: ReplicationDestination;
  /** For example `IN_PROGRESS` (ECR API, ReplicationBackfillSummary). */
  readonly status: string;
  /** The numbers of images with each of their tags. Undefined while ECR prepares the back-fill. */
  readonly progress?: { readonly total: number; readonly completed: number; readonly failed: number };
}

/** The maximum number of back-fills in a page (ECR API, ListReplicationBackfills). */
const pageSize = 50;

/** Returns the back-fills of a registry, the newest first. @throws CodedError `access-denied`, … */
export async function backfills({ client, account, host }: PrivateEcr): Promise<readonly Backfill[]> {
  const what = { operation: 'ecr:ListReplicationBackfills', subject: host };
  const pages = readPages(what, (nextToken) =>
    call(what, () =>
      client.send(
        new ListReplicationBackfillsCommand({ registryId: account, maxResults: pageSize, nextToken }),
      ),
    ),
  );
  const found: (Backfill & { readonly startedAt: number })[] = [];
  for await (const page of pages)
    for (const one of page.backfills ?? []) {
      const { replicationBackfillId: id = '', destination, status = '', startedAt, progress } = one;
      found.push({
        id,
        destination: { account: destination?.registryId ?? '', region: destination?.region ?? '' },
        status,
        startedAt: startedAt?.getTime() ?? 0,
        ...(progress !== undefined && {
          progress: {
            total: progress.totalReplicationCount ?? 0,
            completed: progress.completedReplicationCount ?? 0,
            failed: progress.failedReplicationCount ?? 0,
          },
        }),
      });
    }
  return found
    .sort((one, other) => other.startedAt - one.startedAt)
    .map(({ id, destination, status, progress }) => ({
      id,
      destination,
      status,
      ...(progress !== undefined && { progress }),
    }));
}

/**
 * Starts to copy all images that the replication rules select for a destination.
 *
 * @returns the id of the back-fill, or undefined if one is in progress
 * @throws CodedError `access-denied`, …
 */
export async function startBackfill(
  { client, account, host }: PrivateEcr,
  { account: registryId, region }: ReplicationDestination,
): Promise<string | undefined> {
  try {
    const { replicationBackfillId } = await client.send(
      new StartReplicationBackfillCommand({ registryId: account, destination: { registryId, region } }),
    );
    return replicationBackfillId;
  } catch (error) {
    if (error instanceof Error && error.name === 'ReplicationBackfillInProgressException') return undefined;
    throw failure({ operation: 'ecr:StartReplicationBackfill', subject: host }, error);
  }
}
