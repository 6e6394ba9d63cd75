import { upstreamUrl, type CreationTemplate, type RegistryScanning } from '@towpath/ecr';
import type { PrivateRegistryRef } from '../targets.ts';
import type { RegistryState } from './setting.ts';

/** Resources of a registry for Terraform, by type and name. */
export interface TerraformRegistry {
  readonly resources: Readonly<Record<string, Readonly<Record<string, object>>>>;
  readonly imports: readonly { readonly to: string; readonly id: string }[];
  /** The settings that the AWS provider cannot express. */
  readonly missing: readonly string[];
}

/** A resource, its name, and the id with which Terraform imports it. */
interface Resource {
  readonly type: string;
  readonly name: string;
  readonly body: object;
  /** Undefined if it does not exist yet. */
  readonly id: string | undefined;
}

/**
 * Returns the settings of a registry as resources of the AWS provider (attributes as in version 6.66).
 *
 * @param literal escapes a text that Terraform would evaluate
 */
export function terraformRegistry(
  { account }: PrivateRegistryRef,
  state: RegistryState,
  literal: (text: string) => string,
): TerraformRegistry {
  const { scanning, accountSettings = {}, replication, policy } = state;
  const all: Resource[] = [
    ...Object.entries(accountSettings).map(([name, value]) => ({
      type: 'aws_ecr_account_setting',
      name: name.toLowerCase(),
      body: { name, value },
      id: name,
    })),
    ...(scanning === undefined
      ? []
      : [
          {
            type: 'aws_ecr_registry_scanning_configuration',
            name: 'registry',
            body: scanningBody(scanning),
            id: account,
          },
        ]),
    ...(policy?.text === undefined
      ? []
      : [
          {
            type: 'aws_ecr_registry_policy',
            name: 'registry',
            body: { policy: literal(policy.text) },
            id: policy.exists ? account : undefined,
          },
        ]),
    ...(state.pullTimeExclusions ?? []).map(({ principal, exists }) => ({
      type: 'aws_ecr_pull_time_update_exclusion',
      name: identifier(principal.replace(/^[^/]*\//, '')),
      body: { principal_arn: principal },
      id: exists ? principal : undefined,
    })),
    ...(state.templates ?? []).map(({ exists, ...one }) => ({
      type: 'aws_ecr_repository_creation_template',
      name: identifier(one.prefix),
      body: templateBody(one, literal),
      id: exists ? one.prefix : undefined,
    })),
    ...(state.pullThrough ?? []).map(({ prefix, exists, ...rule }) => {
      const key = prefix === '' ? 'ROOT' : prefix;
      return {
        type: 'aws_ecr_pull_through_cache_rule',
        name: identifier(key),
        body: {
          ecr_repository_prefix: key,
          upstream_registry_url: upstreamUrl(rule.upstream),
          ...(rule.upstreamPrefix !== '' && { upstream_repository_prefix: rule.upstreamPrefix }),
          ...(rule.credential !== undefined && { credential_arn: rule.credential }),
          ...(rule.role !== undefined && { custom_role_arn: rule.role }),
        },
        id: exists ? key : undefined,
      };
    }),
    ...(replication === undefined
      ? []
      : [
          {
            type: 'aws_ecr_replication_configuration',
            name: 'registry',
            body: replicationBody(replication),
            id: account,
          },
        ]),
  ];
  const groups = Map.groupBy(all, ({ type }) => type);
  const body = (one: Resource) => [one.name, { ...one.body, lifecycle: { prevent_destroy: true } }];
  return {
    resources: Object.fromEntries(
      [...groups].map(([type, group]) => [
        type,
        Object.fromEntries(group.map(body)) as Record<string, object>,
      ]),
    ),
    imports: all.flatMap(({ type, name, id }) => (id === undefined ? [] : [{ to: `${type}.${name}`, id }])),
    missing: missingIn(state),
  };
}

function missingIn({ signing, replication = [] }: RegistryState): readonly string[] {
  return [
    ...(signing?.rules ?? []).map(
      ({ profile, filters }) =>
        `the signing rule of ${profile} for ${filters.length === 0 ? 'all repositories' : filters.join(', ')}`,
    ),
    ...replication
      .filter(({ deletions }) => deletions)
      .map(
        ({ prefixes }) =>
          `the replication of deletions of ${prefixes.length === 0 ? 'all repositories' : prefixes.join(', ')}, which Terraform would switch off`,
      ),
  ];
}

function scanningBody({ type, onPush, continuous }: RegistryScanning): object {
  const rules = [
    { frequency: 'SCAN_ON_PUSH', filters: onPush },
    { frequency: 'CONTINUOUS_SCAN', filters: continuous },
  ].filter(({ filters }) => filters.length > 0);
  return {
    scan_type: type,
    ...(rules.length > 0 && {
      rule: rules.map(({ frequency, filters }) => ({
        scan_frequency: frequency,
        repository_filter: filters.map((filter) => ({ filter, filter_type: 'WILDCARD' })),
      })),
    }),
  };
}

function replicationBody(replication: NonNullable<RegistryState['replication']>): object {
  const rule = replication.map(({ destinations, prefixes }) => ({
    destination: destinations.map(({ account, region }) => ({ region, registry_id: account })),
    ...(prefixes.length > 0 && {
      repository_filter: prefixes.map((filter) => ({ filter, filter_type: 'PREFIX_MATCH' })),
    }),
  }));
  // The block needs a rule. Without the block, the registry replicates nothing.
  return rule.length === 0 ? {} : { replication_configuration: { rule } };
}

function templateBody(template: CreationTemplate, literal: (text: string) => string): object {
  const { encryption, exclusions, tags, role, policy, lifecycle } = template;
  return {
    prefix: template.prefix,
    description: literal(template.description),
    applied_for: [...template.appliedFor],
    image_tag_mutability: template.mutability,
    ...(exclusions.length > 0 && {
      image_tag_mutability_exclusion_filter: exclusions.map((filter) => ({
        filter,
        filter_type: 'WILDCARD',
      })),
    }),
    encryption_configuration: [
      { encryption_type: encryption.type, ...('key' in encryption && { kms_key: encryption.key }) },
    ],
    ...(Object.keys(tags).length > 0 && {
      resource_tags: Object.fromEntries(Object.entries(tags).map(([key, value]) => [key, literal(value)])),
    }),
    ...(policy !== '' && { repository_policy: literal(policy) }),
    ...(lifecycle !== '' && { lifecycle_policy: literal(lifecycle) }),
    ...(role !== undefined && { custom_role_arn: role }),
  };
}

/** Returns a name for a resource: texts with other separators get different names. */
function identifier(text: string): string {
  const named = text.replace(/[^A-Za-z0-9_-]/g, (found) =>
    found === '/' ? '__' : `_${found.charCodeAt(0).toString(16)}_`,
  );
  return /^[A-Za-z_]/.test(named) ? named : `_${named}`;
}
