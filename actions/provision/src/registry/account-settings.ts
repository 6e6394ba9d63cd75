import { forAll } from '@towpath/concurrency';
import type { RegistrySettingsConfig } from '@towpath/config';
import { accountSetting, registryPolicy, type AccountSetting } from '@towpath/ecr';
import { statementsOf } from '../readers.ts';
import type { Comparison, RegistryChange, RegistryContext } from './setting.ts';

/** Returns the account settings that a configuration writes. */
export function wantedSettings({
  blobMounting,
  basicScanVersion,
  policyScope,
}: RegistrySettingsConfig): Partial<Readonly<Record<AccountSetting, string>>> {
  return {
    ...(blobMounting !== undefined && { BLOB_MOUNTING: blobMounting ? 'ENABLED' : 'DISABLED' }),
    ...(basicScanVersion !== undefined && { BASIC_SCAN_TYPE_VERSION: basicScanVersion }),
    ...(policyScope !== undefined && { REGISTRY_POLICY_SCOPE: policyScope }),
  };
}

/** Compares the settings of the account in a region. */
export async function compareAccountSettings(
  context: RegistryContext,
  wanted: Partial<Readonly<Record<AccountSetting, string>>>,
): Promise<Comparison> {
  const { registry, ecr } = context;
  const changes = await forAll(Object.entries(wanted), async ([key, value]): Promise<RegistryChange[]> => {
    const name = key as AccountSetting;
    const before = await accountSetting(ecr, name);
    if (before === value) return [];
    return [
      {
        registry,
        setting: 'account settings',
        value: { name, value },
        removed: [`${name}: ${before}`],
        added: [`${name}: ${value}`],
        notes: await notesOf(name, context),
      },
    ];
  });
  return { changes: changes.flat(), state: { accountSettings: wanted } };
}

/** Says what cannot be undone. */
async function notesOf(name: AccountSetting, { ecr }: RegistryContext): Promise<readonly string[]> {
  if (name === 'BLOB_MOUNTING') return [];
  if (name === 'BASIC_SCAN_TYPE_VERSION')
    return ['BASIC_SCAN_TYPE_VERSION cannot be undone: ECR has no other version any more.'];
  const sids = statementsOf(await registryPolicy(ecr)).map(({ Sid }) =>
    typeof Sid === 'string' ? Sid : 'one without a Sid',
  );
  const statements =
    sids.length === 0 ? 'The registry has no policy.' : `Its statements: ${sids.join(', ')}.`;
  return [
    `REGISTRY_POLICY_SCOPE cannot be undone. From then on, the registry policy applies to all actions of ECR and to all repositories. ${statements}`,
  ];
}
