import { DescribeImageReplicationStatusCommand } from '@aws-sdk/client-ecr';
import type { Digest } from '@towpath/reference';
import type { PrivateEcr } from './aws.ts';
import { call } from './call.ts';

/** Whether ECR has copied an image to another registry. */
export type Replication =
  | { readonly status: 'COMPLETE' | 'IN_PROGRESS' }
  /** @param reason as ECR gives it, e.g. `AccessDenied` */
  | { readonly status: 'FAILED'; readonly reason: string }
  /** No replication rule applied when the image was pushed. */
  | { readonly status: 'NONE' };

/**
 * Returns the state of one image's replication to a registry.
 *
 * @throws CodedError `access-denied`, …
 */
export async function replicationOf(
  { client, account, host }: PrivateEcr,
  repository: string,
  digest: Digest,
  destination: { readonly account: string; readonly region: string },
): Promise<Replication> {
  const what = { operation: 'ecr:DescribeImageReplicationStatus', subject: `${repository} in ${host}` };
  const { replicationStatuses = [] } = await call(what, () =>
    client.send(
      new DescribeImageReplicationStatusCommand({
        registryId: account,
        repositoryName: repository,
        imageId: { imageDigest: digest },
      }),
    ),
  );
  const found = replicationStatuses.find(
    ({ registryId, region }) => registryId === destination.account && region === destination.region,
  );
  switch (found?.status) {
    case 'COMPLETE':
    case 'IN_PROGRESS':
      return { status: found.status };
    case undefined:
      return { status: 'NONE' };
    default:
      return { status: 'FAILED', reason: found?.failureCode ?? found?.status ?? 'no reason given' };
  }
}
