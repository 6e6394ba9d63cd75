import { GetRegistryScanningConfigurationCommand } from '@aws-sdk/client-ecr';
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
