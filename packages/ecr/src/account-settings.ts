import { GetAccountSettingCommand, PutAccountSettingCommand } from '@aws-sdk/client-ecr';
import type { PrivateEcr } from './aws.ts';
import { call } from './call.ts';

/** A setting of an account in one region (ECR API, PutAccountSetting). */
export type AccountSetting = 'BASIC_SCAN_TYPE_VERSION' | 'REGISTRY_POLICY_SCOPE' | 'BLOB_MOUNTING';

/** Returns the value of a setting, for example `ENABLED`. @throws CodedError `access-denied`, … */
export async function accountSetting({ client, host }: PrivateEcr, name: AccountSetting): Promise<string> {
  const { value = '' } = await call({ operation: 'ecr:GetAccountSetting', subject: host }, () =>
    client.send(new GetAccountSettingCommand({ name })),
  );
  return value;
}

/** @throws CodedError `access-denied`, … */
export async function putAccountSetting(
  { client, host }: PrivateEcr,
  name: AccountSetting,
  value: string,
): Promise<void> {
  await call({ operation: 'ecr:PutAccountSetting', subject: host }, () =>
    client.send(new PutAccountSettingCommand({ name, value })),
  );
}
