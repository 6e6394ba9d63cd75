import { waitForAll } from '@towpath/concurrency';
import type { EnvironmentConfig } from '@towpath/config';
import { CodedError } from '@towpath/errors';
import { buildEnvironment, type Locations } from '@towpath/project';
import { partitionOfRegistry, registryUri } from '@towpath/reference';

/**
 * Requires that the credentials of the job can be valid for all registries that are used with them: the registry that
 * `publish` pushes to, those of the source environments, and that of the target. Credentials are valid in the AWS
 * partition of their account only, so a promotion into another partition needs a role.
 *
 * @throws CodedError `input-invalid`
 */
export async function requireOnePartition(locations: Locations, target: EnvironmentConfig): Promise<void> {
  const names = new Set([buildEnvironment, ...target.from, target.name]);
  const registries = await waitForAll(
    [...names].map(async (name) => ({
      name,
      registry: await locations.environmentRegistry(locations.environment(name)),
    })),
  );
  const withJob = registries.filter(({ registry: { role } }) => role === undefined);
  const [first] = withJob;
  const other = withJob.find(
    ({ registry }) =>
      first !== undefined && partitionOfRegistry(registry).id !== partitionOfRegistry(first.registry).id,
  );
  if (first === undefined || other === undefined) return;
  const [one, two] = [first, other].map(
    ({ name, registry }) =>
      `${name} (${registryUri(registry)}) is in the AWS partition ${partitionOfRegistry(registry).id}`,
  ) as [string, string];
  const side = other.name === target.name ? 'target-role' : 'source-role';
  throw new CodedError(
    'input-invalid',
    `${one}, and ${two}. The credentials of the job are valid in one of them only.`,
    {
      hint: `Give ${other.name} a role: write role in its environment, or set the input ${side}. The job assumes the role with its OIDC token (permissions: id-token: write).`,
    },
  );
}
