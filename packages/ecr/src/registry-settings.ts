import {
  GetRegistryScanningConfigurationCommand,
  PutRegistryScanningConfigurationCommand,
} from '@aws-sdk/client-ecr';
import { CodedError } from '@towpath/errors';
import type { Aws, PrivateEcr } from './aws.ts';
import { call } from './call.ts';

/** How a registry scans: the filters of repository names by frequency. There is one configuration for a registry. */
export interface RegistryScanning {
  readonly type: 'BASIC' | 'ENHANCED';
  readonly onPush: readonly string[];
  readonly continuous: readonly string[];
}

/**
 * Requires that the credentials belong to the account of a registry. ECR reads and writes registry settings only of the
 * caller's own account.
 *
 * @throws CodedError `access-denied`
 */
export async function requireOwnRegistry(aws: Aws, { account, region, host }: PrivateEcr): Promise<void> {
  const own = await aws.callerHost(region);
  if (own.startsWith(`${account}.`)) return;
  throw new CodedError(
    'access-denied',
    `The credentials belong to ${own}, but repositories.registry concerns ${host}.`,
    {
      hint: `Run provision with a role of account ${account}. ECR reads and writes settings of a registry only for its own account.`,
    },
  );
}

/** @throws CodedError `access-denied`, … */
export async function registryScanning({ client, host }: PrivateEcr): Promise<RegistryScanning> {
  const what = { operation: 'ecr:GetRegistryScanningConfiguration', subject: host };
  const { scanningConfiguration } = await call(what, () =>
    client.send(new GetRegistryScanningConfigurationCommand({})),
  );
  const filters = (frequency: string) =>
    (scanningConfiguration?.rules ?? [])
      .filter(({ scanFrequency }) => scanFrequency === frequency)
      .flatMap(({ repositoryFilters = [] }) => repositoryFilters.flatMap(({ filter }) => filter ?? []));
  return {
    type: scanningConfiguration?.scanType ?? 'BASIC',
    onPush: filters('SCAN_ON_PUSH'),
    continuous: filters('CONTINUOUS_SCAN'),
  };
}

/** @throws CodedError `access-denied`, … */
export async function putRegistryScanning(
  { client, host }: PrivateEcr,
  { type, onPush, continuous }: RegistryScanning,
): Promise<void> {
  const rules = [
    { scanFrequency: 'SCAN_ON_PUSH' as const, filters: onPush },
    { scanFrequency: 'CONTINUOUS_SCAN' as const, filters: continuous },
  ].filter(({ filters }) => filters.length > 0);
  const command = new PutRegistryScanningConfigurationCommand({
    scanType: type,
    rules: rules.map(({ scanFrequency, filters }) => ({
      scanFrequency,
      repositoryFilters: filters.map((filter) => ({ filter, filterType: 'WILDCARD' })),
    })),
  });
  await call({ operation: 'ecr:PutRegistryScanningConfiguration', subject: host }, () =>
    client.send(command),
  );
}
