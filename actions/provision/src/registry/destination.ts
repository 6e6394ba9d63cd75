import type { ReplicationDestination } from '@towpath/ecr';

/** Returns a destination of replication in words. */
export function describeDestination({ account, region }: ReplicationDestination): string {
  return `${account} in ${region}`;
}
