import type {
  DescribeImageReplicationStatusRequest,
  DescribeImageReplicationStatusResponse,
  PutReplicationConfigurationRequest,
  PutReplicationConfigurationResponse,
} from '@aws-sdk/client-ecr';
import { Refusal } from '../refusal.ts';
import { findImage } from '../registry/find-image.ts';
import type { ReplicationSettings } from '../registry/settings.ts';
import { destinationsOf, locationKey } from '../replication/replicator.ts';
import type { Call, Operations } from './operation.ts';

/** The limits of ECR service quotas, "Rules per replication configuration" and "Unique destinations across all rules". */
const maxRules = 10;
const maxDestinations = 25;

async function putReplicationConfiguration({
  registry,
  input,
}: Call<PutReplicationConfigurationRequest>): Promise<PutReplicationConfigurationResponse> {
  const rules = (input.replicationConfiguration.rules ?? []).map(
    ({ destinations = [], repositoryFilters, ...rest }) => {
      // The service model has this member, the SDK does not yet. Rejected because it is not implemented.
      const { deleteReplication } = rest as { deleteReplication?: { enabled: boolean } };
      if (deleteReplication?.enabled === true) {
        throw new Refusal('ValidationException', 'deleteReplication is not emulated');
      }
      return {
        destinations: destinations.map(({ region = '', registryId = '' }) => ({ region, registryId })),
        ...(repositoryFilters !== undefined && {
          repositoryFilters: repositoryFilters.map(({ filter = '' }) => ({
            filter,
            filterType: 'PREFIX_MATCH' as const,
          })),
        }),
      };
    },
  );
  const replication: ReplicationSettings = { rules };
  const locations = rules.flatMap(({ destinations }) =>
    destinations.map((one) => `${one.registryId}/${one.region}`),
  );
  if (rules.length > maxRules || new Set(locations).size > maxDestinations) {
    throw new Refusal(
      'ValidationException',
      `at most ${maxRules} rules and ${maxDestinations} destinations can be configured`,
    );
  }
  if (locations.includes(locationKey(registry))) {
    throw new Refusal('ValidationException', 'The destination registry must not be the source registry');
  }
  await registry.configure((settings) => ({ ...settings, replication }));
  return { replicationConfiguration: replication };
}

function describeImageReplicationStatus({
  registry,
  input,
}: Call<DescribeImageReplicationStatusRequest>): DescribeImageReplicationStatusResponse {
  const repository = registry.repository(input.repositoryName);
  const { digest, replication = {} } = findImage(repository, input.imageId);
  const locations = destinationsOf(registry, repository.name).filter(
    (location) => locationKey(location) in replication,
  );
  return {
    repositoryName: repository.name,
    imageId: { imageDigest: digest, imageTag: input.imageId.imageTag },
    replicationStatuses: locations.map((location) => ({
      registryId: location.account,
      region: location.region,
      ...replication[locationKey(location)],
    })),
  };
}

export const replication: Operations = {
  PutReplicationConfiguration: putReplicationConfiguration,
  DescribeImageReplicationStatus: describeImageReplicationStatus,
};
