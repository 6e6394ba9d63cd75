import { upstreamUrl, type CreationTemplate, type RegistryScanning } from '@towpath/ecr';
import type { PrivateRegistryRef } from '../targets.ts';
import type { RegistryState } from './setting.ts';

/** Resources of a registry for CloudFormation. */
export interface CloudFormationRegistry {
  readonly resources: Readonly<Record<string, object>>;
  readonly imports: readonly object[];
  /** The settings that CloudFormation cannot express. */
  readonly missing: readonly string[];
}

interface Resource {
  readonly id: string;
  readonly type: string;
  readonly properties: object;
  /** The identifier for an import. Undefined if the resource does not exist yet. */
  readonly identifier: object | undefined;
}

/** Returns the settings of a registry as resources of CloudFormation. */
export function cloudformationRegistry(
  { account }: PrivateRegistryRef,
  state: RegistryState,
): CloudFormationRegistry {
  const { scanning, replication, policy, signing } = state;
  const registry = { RegistryId: account };
  const all: Resource[] = [
    ...only(scanning, (value) => ({
      id: 'RegistryScanning',
      type: 'RegistryScanningConfiguration',
      properties: scanningProperties(value),
      identifier: registry,
    })),
    ...only(policy?.text, (text) => ({
      id: 'RegistryPolicy',
      type: 'RegistryPolicy',
      properties: { PolicyText: JSON.parse(text) as unknown },
      identifier: policy?.exists === true ? registry : undefined,
    })),
    ...(state.pullTimeExclusions ?? []).map(({ principal, exists }) => ({
      id: logical('PullTimeExclusion', principal.replace(/^[^/]*\//, '')),
      type: 'PullTimeUpdateExclusion',
      properties: { PrincipalArn: principal },
      identifier: exists ? { PrincipalArn: principal } : undefined,
    })),
    ...(state.templates ?? []).map(({ exists, ...one }) => ({
      id: logical('Template', one.prefix),
      type: 'RepositoryCreationTemplate',
      properties: templateProperties(one),
      identifier: exists ? { Prefix: one.prefix } : undefined,
    })),
    ...(state.pullThrough ?? []).map(({ prefix, exists, ...rule }) => {
      const key = prefix === '' ? 'ROOT' : prefix;
      return {
        id: logical('PullThrough', key),
        type: 'PullThroughCacheRule',
        properties: {
          EcrRepositoryPrefix: key,
          UpstreamRegistryUrl: upstreamUrl(rule.upstream),
          ...(rule.upstreamPrefix !== '' && { UpstreamRepositoryPrefix: rule.upstreamPrefix }),
          ...(rule.credential !== undefined && { CredentialArn: rule.credential }),
          ...(rule.role !== undefined && { CustomRoleArn: rule.role }),
        },
        identifier: exists ? { EcrRepositoryPrefix: key } : undefined,
      };
    }),
    ...only(replication, (rules) => ({
      id: 'RegistryReplication',
      type: 'ReplicationConfiguration',
      properties: { ReplicationConfiguration: { Rules: rules.map(replicationRule) } },
      identifier: registry,
    })),
    ...only(signing, ({ rules, exists }) => ({
      id: 'RegistrySigning',
      type: 'SigningConfiguration',
      properties: {
        Rules: rules.map(({ profile, filters }) => ({
          SigningProfileArn: profile,
          ...(filters.length > 0 && {
            RepositoryFilters: filters.map((Filter) => ({ Filter, FilterType: 'WILDCARD_MATCH' })),
          }),
        })),
      },
      identifier: exists ? registry : undefined,
    })),
  ];
  return {
    resources: Object.fromEntries(
      all.map(({ id, type, properties }) => [
        id,
        {
          Type: `AWS::ECR::${type}`,
          DeletionPolicy: 'Retain',
          UpdateReplacePolicy: 'Retain',
          Properties: properties,
        },
      ]),
    ),
    imports: all.flatMap(({ id, type, identifier }) =>
      identifier === undefined
        ? []
        : [{ ResourceType: `AWS::ECR::${type}`, LogicalResourceId: id, ResourceIdentifier: identifier }],
    ),
    missing: Object.entries(state.accountSettings ?? {}).map(
      ([name, value]) => `the account setting ${name}: ${value}`,
    ),
  };
}

function only<T>(value: T | undefined, make: (value: T) => Resource): readonly Resource[] {
  return value === undefined ? [] : [make(value)];
}

function scanningProperties({ type, onPush, continuous }: RegistryScanning): object {
  const rules = [
    { frequency: 'SCAN_ON_PUSH', filters: onPush },
    { frequency: 'CONTINUOUS_SCAN', filters: continuous },
  ].filter(({ filters }) => filters.length > 0);
  return {
    ScanType: type,
    Rules: rules.map(({ frequency, filters }) => ({
      ScanFrequency: frequency,
      RepositoryFilters: filters.map((Filter) => ({ Filter, FilterType: 'WILDCARD' })),
    })),
  };
}

function replicationRule({
  destinations,
  prefixes,
  deletions,
}: NonNullable<RegistryState['replication']>[number]): object {
  return {
    Destinations: destinations.map(({ account, region }) => ({ Region: region, RegistryId: account })),
    ...(prefixes.length > 0 && {
      RepositoryFilters: prefixes.map((Filter) => ({ Filter, FilterType: 'PREFIX_MATCH' })),
    }),
    ...(deletions && { DeleteReplication: { Enabled: true } }),
  };
}

function templateProperties(template: CreationTemplate): object {
  const { encryption, exclusions, tags, role, policy, lifecycle } = template;
  return {
    Prefix: template.prefix,
    Description: template.description,
    AppliedFor: [...template.appliedFor],
    ImageTagMutability: template.mutability,
    ...(exclusions.length > 0 && {
      ImageTagMutabilityExclusionFilters: exclusions.map((filter) => ({
        ImageTagMutabilityExclusionFilterType: 'WILDCARD',
        ImageTagMutabilityExclusionFilterValue: filter,
      })),
    }),
    EncryptionConfiguration: {
      EncryptionType: encryption.type,
      ...('key' in encryption && { KmsKey: encryption.key }),
    },
    ...(Object.keys(tags).length > 0 && {
      ResourceTags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    }),
    ...(policy !== '' && { RepositoryPolicy: policy }),
    ...(lifecycle !== '' && { LifecyclePolicy: lifecycle }),
    ...(role !== undefined && { CustomRoleArn: role }),
  };
}

/** Returns a logical id: texts with other separators get different ids. */
function logical(kind: string, text: string): string {
  const words = text.split(/[^A-Za-z0-9]+/).map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  const separators = text
    .replace(/[A-Za-z0-9]/g, '')
    .replace(/./g, (found) => found.charCodeAt(0).toString(16));
  return `${kind}${words.join('')}${separators}`;
}
