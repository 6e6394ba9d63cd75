import {
  BatchGetRepositoryScanningConfigurationCommand,
  GetRegistryScanningConfigurationCommand,
} from '@aws-sdk/client-ecr';
import { CodedError } from '@towpath/errors';
import type { Aws, PrivateEcr } from './aws.ts';
import { call } from './call.ts';

/** How a registry scans. `unknown`: it is another account's, and ECR answers for the caller's own alone. */
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
 * Returns when a registry scans a repository: on push, continuously, or only when someone starts a scan. Undefined when
 * that cannot be known: the registry is another account's, for ECR answers for the caller's own alone, or the role may
 * not read it.
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
