import { forAll } from '@towpath/concurrency';
import type { RegistrySettingsConfig } from '@towpath/config';
import { accountSetting, registryPolicy, type AccountSetting } from '@towpath/ecr';
import { matchesPattern } from '@towpath/lifecycle';
import { statementsOf, type Statement } from '../readers.ts';
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
  const compared = await forAll(Object.entries(wanted), async ([key, value]) => {
    const name = key as AccountSetting;
    const before = await accountSetting(ecr, name);
    if (before === value) return { changes: [], problems: [] };
    const statements = name === 'REGISTRY_POLICY_SCOPE' ? statementsOf(await registryPolicy(ecr)) : [];
    const change: RegistryChange = {
      registry,
      setting: 'account settings',
      value: { name, value },
      removed: [`${name}: ${before}`],
      added: [`${name}: ${value}`],
      notes: notesOf(name, statements),
    };
    return { changes: [change], problems: lockOuts(statements, registry) };
  });
  return {
    changes: compared.flatMap(({ changes }) => changes),
    problems: compared.flatMap(({ problems }) => problems),
    state: { accountSettings: wanted },
  };
}

/** Says what cannot be undone. */
function notesOf(name: AccountSetting, statements: readonly Statement[]): readonly string[] {
  if (name === 'BLOB_MOUNTING') return [];
  if (name === 'BASIC_SCAN_TYPE_VERSION')
    return ['BASIC_SCAN_TYPE_VERSION cannot be undone: ECR has no other version any more.'];
  const names = statements.map(nameOf);
  const listed = names.length === 0 ? 'The registry has no policy.' : `Its statements: ${names.join(', ')}.`;
  return [
    `REGISTRY_POLICY_SCOPE cannot be undone. From then on, the registry policy applies to all actions of ECR and to all repositories. ${listed}`,
  ];
}

function nameOf({ Sid }: Statement): string {
  return typeof Sid === 'string' ? Sid : 'one without a Sid';
}

/** Finds statements that have no effect with the scope V1, and with V2 deny the account to correct the policy. */
function lockOuts(
  statements: readonly Statement[],
  { account }: RegistryContext['registry'],
): NonNullable<Comparison['problems']> {
  const locking = statements.filter((one) => isLockOut(one, account)).map(nameOf);
  if (locking.length === 0) return [];
  return [
    {
      message: `repositories.registry.policy-scope: V2 applies statements of the registry policy that deny ecr:PutRegistryPolicy to account ${account}. Then the policy could not be corrected any more. The statements: ${locking.join(', ')}.`,
      hint: 'Change these statements first, with aws ecr get-registry-policy and put-registry-policy.',
    },
  ];
}

/** Registry actions have the resource `*`. A condition can exempt the caller, so such a statement is only listed. */
function isLockOut(
  { Effect, Principal, Action, NotAction, Resource, Condition }: Statement,
  account: string,
): boolean {
  const all =
    typeof Principal === 'object' && Principal !== null && 'AWS' in Principal ? Principal.AWS : Principal;
  const covers = (patterns: unknown) =>
    texts(patterns).some((pattern) => matchesPattern(pattern.toLowerCase(), 'ecr:putregistrypolicy'));
  return (
    Effect === 'Deny' &&
    Condition === undefined &&
    texts(Resource).includes('*') &&
    texts(all).some((one) => one === '*' || one === account || one.endsWith(`:iam::${account}:root`)) &&
    (Action === undefined ? !covers(NotAction) : covers(Action))
  );
}

function texts(value: unknown): readonly string[] {
  return [value].flat().map(String);
}
