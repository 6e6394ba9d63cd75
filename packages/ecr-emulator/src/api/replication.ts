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

/** The limit of ECR service quotas, "Unique destinations across all rules". The service model limits the rules. */
const maxDestinations = 25;

async function putReplicationConfiguration({
  registry,
  input,
}: Call<PutReplicationConfigurationRequest>): Promise<PutReplicationConfigurationResponse> {
  const rules = (input.replicationConfiguration.rules ?? []).map(
    ({ destinations = [], repositoryFilters, ...rest }) => {
      // The service model has this member, the types of the SDK do not yet.
      const { deleteReplication } = rest as { deleteReplication?: { enabled: boolean } };
      return {
        destinations: destinations.map(({ region = '', registryId = '' }) => ({ region, registryId })),
        ...(repositoryFilters !== undefined && {
          repositoryFilters: repositoryFilters.map(({ filter = '' }) => ({
            filter,
            filterType: 'PREFIX_MATCH' as const,
          })),
        }),
        ...(deleteReplication !== undefined && { deleteReplication }),
      };
    },
  );
  const replication: ReplicationSettings = { rules };
  const locations = rules.flatMap(({ destinations }) =>
    destinations.map((one) => `${one.registryId}/${one.region}`),
  );
  if (new Set(locations).size > maxDestinations)
    throw new Refusal('ValidationException', `at most ${maxDestinations} destinations can be configured`);
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
