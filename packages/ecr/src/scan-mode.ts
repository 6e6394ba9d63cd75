import {
  BatchGetRepositoryScanningConfigurationCommand,
  GetRegistryScanningConfigurationCommand,
} from '@aws-sdk/client-ecr';
import { CodedError } from '@towpath/errors';
import type { Aws, PrivateEcr } from './aws.ts';
import { call } from './call.ts';

/** The scan type of a registry. `unknown` for a registry of another account, because ECR reports only the caller's own. */
export type ScanMode = 'basic' | 'enhanced' | 'unknown';

/** @throws CodedError */
export async function scanMode(aws: Aws, { client, account, region, host }: PrivateEcr): Promise<ScanMode> {
  const own = await aws.callerHost(region);
  if (!own.startsWith(`${account}.`)) return 'unknown';
  const { scanningConfiguration } = await call(
    { operation: 'ecr:GetRegistryScanningConfiguration', subject: host },
    () => client.send(new GetRegistryScanningConfigurationCommand({})),
  );
  return scanningConfiguration?.scanType === 'ENHANCED' ? 'enhanced' : 'basic';
}

/**
 * Returns when a registry scans a repository: on push, continuously or manually. Returns undefined if the registry is in
 * another account, because ECR reports only the caller's own, or if the role may not read the setting.
 *
 * @throws CodedError
 */
export async function scanFrequency(
  aws: Aws,
  { client, account, region, host }: PrivateEcr,
  repository: string,
): Promise<string | undefined> {
  const own = await aws.callerHost(region);
  if (!own.startsWith(`${account}.`)) return undefined;
  const what = {
    operation: 'ecr:BatchGetRepositoryScanningConfiguration',
    subject: `${repository} in ${host}`,
  };
  const command = new BatchGetRepositoryScanningConfigurationCommand({ repositoryNames: [repository] });
  try {
    const { scanningConfigurations } = await call(what, () => client.send(command));
    return scanningConfigurations?.find((one) => one.repositoryName === repository)?.scanFrequency;
  } catch (error) {
    if (error instanceof CodedError && error.code === 'access-denied') return undefined;
    throw error;
  }
}
