import type {
  BatchGetRepositoryScanningConfigurationRequest,
  BatchGetRepositoryScanningConfigurationResponse,
  DeleteRegistryPolicyResponse,
  DescribeRegistryResponse,
  GetAccountSettingRequest,
  GetAccountSettingResponse,
  GetRegistryPolicyResponse,
  PutAccountSettingRequest,
  PutAccountSettingResponse,
  PutRegistryPolicyRequest,
  PutRegistryPolicyResponse,
  RepositoryScanningConfiguration,
  RepositoryScanningConfigurationFailure,
} from '@aws-sdk/client-ecr';
import { repositoryArn } from '../access/arn.ts';
import { Refusal } from '../refusal.ts';
import { coveringRules } from '../scan/state.ts';
import { registryPolicyNotFound } from '../registry/exceptions.ts';
import { checkPolicy } from './check-policy.ts';
import type { Call, Operations } from './operation.ts';
import { ownProperty } from '../own-property.ts';

/** Returns the caller's own registry. Registry-wide operations have no `registryId`. */
function describeRegistry({ registry }: Call<object>): DescribeRegistryResponse {
  return { registryId: registry.account, replicationConfiguration: registry.settings.replication };
}

function getRegistryPolicy({ registry }: Call<object>): GetRegistryPolicyResponse {
  const policyText = registry.settings.policy;
  if (policyText === undefined) throw registryPolicyNotFound(registry.account);
  return { registryId: registry.account, policyText };
}

async function putRegistryPolicy({
  registry,
  input: { policyText },
}: Call<PutRegistryPolicyRequest>): Promise<PutRegistryPolicyResponse> {
  checkPolicy(policyText, 'registry');
  await registry.configure((settings) => ({ ...settings, policy: policyText }));
  return { registryId: registry.account, policyText };
}

async function deleteRegistryPolicy(call: Call<object>): Promise<DeleteRegistryPolicyResponse> {
  const removed = getRegistryPolicy(call);
  await call.registry.configure((settings) => ({ ...settings, policy: undefined }));
  return removed;
}

/** The valid values of each account setting (ECR API, PutAccountSetting). */
const accountSettings: Readonly<Record<string, readonly string[]>> = {
  BASIC_SCAN_TYPE_VERSION: ['AWS_NATIVE'],
  REGISTRY_POLICY_SCOPE: ['V1', 'V2'],
  BLOB_MOUNTING: ['ENABLED', 'DISABLED'],
};

function getAccountSetting({
  registry,
  input: { name },
}: Call<GetAccountSettingRequest>): GetAccountSettingResponse {
  checkSetting(name);
  return { name, value: registry.settings.account[name] ?? '' };
}

async function putAccountSetting({
  registry,
  input: { name, value },
}: Call<PutAccountSettingRequest>): Promise<PutAccountSettingResponse> {
  if (!checkSetting(name).includes(value)) {
    throw new Refusal('ValidationException', `Invalid value ${value} for the account setting ${name}`);
  }
  await registry.configure((settings) => ({ ...settings, account: { ...settings.account, [name]: value } }));
  return { name, value };
}

function checkSetting(name: string): readonly string[] {
  const values = ownProperty(accountSettings, name);
  if (values === undefined) throw new Refusal('ValidationException', `Invalid account setting name ${name}`);
  return values;
}

function batchGetRepositoryScanningConfiguration({
  registry,
  input,
}: Call<BatchGetRepositoryScanningConfigurationRequest>): BatchGetRepositoryScanningConfigurationResponse {
  const scanningConfigurations: RepositoryScanningConfiguration[] = [];
  const failures: RepositoryScanningConfigurationFailure[] = [];
  for (const repositoryName of input.repositoryNames) {
    const record = registry.find(repositoryName)?.record;
    if (record === undefined) {
      failures.push({
        repositoryName,
        failureCode: 'REPOSITORY_NOT_FOUND',
        failureReason: 'Repository not found',
      });
      continue;
    }
    const rules = coveringRules(record, registry.settings);
    const basic =
      registry.settings.scanning.type === 'BASIC' && record.scanOnPush ? 'SCAN_ON_PUSH' : 'MANUAL';
    const scanFrequency = rules[0]?.frequency ?? basic;
    scanningConfigurations.push({
      repositoryArn: repositoryArn(registry, repositoryName),
      repositoryName,
      scanOnPush: scanFrequency !== 'MANUAL',
      scanFrequency,
      appliedScanFilters: rules.flatMap(({ filters }) =>
        filters.map((filter) => ({ filter, filterType: 'WILDCARD' as const })),
      ),
    });
  }
  return { scanningConfigurations, failures };
}

export const registrySettings: Operations = {
  DescribeRegistry: describeRegistry,
  GetRegistryPolicy: getRegistryPolicy,
  PutRegistryPolicy: putRegistryPolicy,
  DeleteRegistryPolicy: deleteRegistryPolicy,
  GetAccountSetting: getAccountSetting,
  PutAccountSetting: putAccountSetting,
  BatchGetRepositoryScanningConfiguration: batchGetRepositoryScanningConfiguration,
};
