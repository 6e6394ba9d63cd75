import {
  DescribeRegistryCommand,
  PutReplicationConfigurationCommand,
  ReplicationRule$,
} from '@aws-sdk/client-ecr';
import type { PrivateEcr } from './aws.ts';
import { call } from './call.ts';

/** A registry that receives copies. */
export interface ReplicationDestination {
  readonly account: string;
  readonly region: string;
}

/** A replication rule of a registry. */
export interface ReplicationRule {
  readonly destinations: readonly ReplicationDestination[];
  /** Prefixes of repository names. Empty for all repositories. */
  readonly prefixes: readonly string[];
  /** Whether images and tags that are deleted here are deleted in the destinations, too. */
  readonly deletions: boolean;
}

/** A rule as the API has it. */
interface ApiRule {
  readonly destinations: { region: string; registryId: string }[];
  readonly repositoryFilters?: { filter: string; filterType: 'PREFIX_MATCH' }[];
  readonly deleteReplication?: { readonly enabled?: boolean };
}

const deletionsMember = 'deleteReplication';
const deletions: typeof ReplicationRule$ = [3, 'com.amazonaws.ecr', 'DeleteReplication', 0, ['enabled'], [2]];

/**
 * The API has this member (ECR API, ReplicationRule), the SDK does not yet, and drops members that it does not know. Then
 * each write would switch off the deletions of all rules.
 */
const [, , , , members, schemas] = ReplicationRule$;
if (!members.includes(deletionsMember)) {
  members.push(deletionsMember);
  schemas.push(() => deletions);
}

/** Returns the replication rules of a registry. @throws CodedError `access-denied`, … */
export async function replicationRules({ client, host }: PrivateEcr): Promise<readonly ReplicationRule[]> {
  const { replicationConfiguration } = await call({ operation: 'ecr:DescribeRegistry', subject: host }, () =>
    client.send(new DescribeRegistryCommand({})),
  );
  const rules = (replicationConfiguration?.rules ?? []) as readonly ApiRule[];
  return rules.map(({ destinations, repositoryFilters = [], deleteReplication }) => ({
    destinations: destinations.map(({ registryId, region }) => ({ account: registryId, region })),
    prefixes: repositoryFilters.map(({ filter }) => filter),
    deletions: deleteReplication?.enabled ?? false,
  }));
}

/** Replaces all replication rules of a registry. @throws CodedError `access-denied`, … */
export async function putReplicationRules(
  { client, host }: PrivateEcr,
  rules: readonly ReplicationRule[],
): Promise<void> {
  const written = rules.map(({ destinations, prefixes, deletions: enabled }): ApiRule => ({
    destinations: destinations.map(({ account, region }) => ({ registryId: account, region })),
    ...(prefixes.length > 0 && {
      repositoryFilters: prefixes.map((filter) => ({ filter, filterType: 'PREFIX_MATCH' })),
    }),
    ...(enabled && { deleteReplication: { enabled } }),
  }));
  await call({ operation: 'ecr:PutReplicationConfiguration', subject: host }, () =>
    client.send(new PutReplicationConfigurationCommand({ replicationConfiguration: { rules: written } })),
  );
}
