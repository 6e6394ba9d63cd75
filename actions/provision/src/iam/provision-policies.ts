import { matchesPattern } from '@towpath/lifecycle';
import { partitionOf } from '@towpath/reference';
import { isAlias, keyArn } from '../encryption.ts';
import type { Access, Area } from './access.ts';
import { allow, findRegistry, policyOf, unwrap, type Policy } from './statements.ts';

/**
 * Returns the policies of `provision`: `provision-plan` to plan and check, `provision` to apply, and a pair for settings of
 * the whole registry. A registry with a role of its own has its own policies.
 */
export function provisionPolicies(access: Access): Readonly<Record<string, Policy>> {
  const { build, environments, parameters } = access;
  const roles = [...new Set(environments.flatMap(({ role }) => role ?? []))];
  const others = environments.filter(({ role }) => role !== undefined);
  const own = { ...build, repositories: managedBy(access) };
  return {
    'provision-plan': policyOf(
      findRegistry(
        access,
        [...new Set([...parameters, ...environments.flatMap((one) => one.parameters)])],
        false,
      ),
      planStatements(access, own),
      allow('AssumeRoles', ['sts:AssumeRole'], [...roles, ...(access.repositories.inUse?.roles ?? [])]),
    ),
    provision: policyOf(applyStatements(access, own)),
    ...Object.fromEntries(
      others.flatMap((one) => [
        [`provision-plan-${one.name}`, policyOf(planStatements(access, one))],
        [`provision-${one.name}`, policyOf(applyStatements(access, one))],
      ]),
    ),
    ...registryPolicies(access),
  };
}

/** Returns the repositories of the build's registry with those that a pattern or the list of removals names. */
function managedBy({ build, repositories: { matching, remove } }: Access): readonly string[] {
  const [one = ''] = build.repositories;
  const others = [...Object.keys(matching), ...remove].map((name) =>
    one.replace(/repository\/.*$/, `repository/${name}`),
  );
  const uncovered = others.filter((arn) => !build.repositories.some((own) => matchesPattern(own, arn)));
  return [...build.repositories, ...new Set(uncovered)];
}

function planStatements(
  { written, repositories: { inUse } }: Access,
  { registry, repositories, ledger }: Area,
) {
  const has = (setting: keyof (typeof written)[number]) => written.some((one) => one[setting] !== undefined);
  const [anyRepository = ''] = repositories;
  const all = anyRepository.replace(/repository\/.*$/, 'repository/*');
  const services = inUse?.services ?? [];
  return [
    ...allow('ListRepositories', ['ecr:DescribeRepositories'], [all]),
    ...allow(
      'ReadSettings',
      [
        // A lifecycle policy of the ledger would expire releases.
        ...(has('lifecycle') || ledger !== undefined ? ['ecr:GetLifecyclePolicy'] : []),
        ...(has('readers') ? ['ecr:GetRepositoryPolicy'] : []),
        ...(has('tags') || has('removeTags') ? ['ecr:ListTagsForResource'] : []),
      ],
      repositories,
    ),
    ...(has('lifecycle')
      ? allow(
          'PreviewLifecycle',
          [
            'ecr:DescribeImages',
            'ecr:BatchGetImage',
            'ecr:StartLifecyclePolicyPreview',
            'ecr:GetLifecyclePolicyPreview',
          ],
          repositories,
        )
      : []),
    ...keyStatements('FindKeys', ['kms:DescribeKey'], keysOf(written).filter(isAlias), registry),
    ...allow(
      'ReadImagesInUse',
      services.flatMap((service) => inUseActions[service]),
    ),
  ];
}

/** Their resources are services and functions of other teams, too, so they are allowed on all. */
const inUseActions = {
  ecs: [
    'ecs:ListClusters',
    'ecs:ListTasks',
    'ecs:DescribeTasks',
    'ecs:ListServices',
    'ecs:DescribeServices',
    'ecs:ListTaskDefinitionFamilies',
    'ecs:DescribeTaskDefinition',
  ],
  lambda: ['lambda:ListFunctions', 'lambda:GetFunction'],
} as const;

function applyStatements({ written, repositories: { remove } }: Access, { registry, repositories }: Area) {
  const has = (setting: keyof (typeof written)[number]) => written.some((one) => one[setting] !== undefined);
  const changes = allow(
    'ChangeRepositories',
    [
      'ecr:CreateRepository',
      ...(has('tags') ? ['ecr:TagResource'] : []),
      ...(has('removeTags') ? ['ecr:UntagResource'] : []),
      // The ledger is made immutable without a setting.
      'ecr:PutImageTagMutability',
      ...(has('scanOnPush') ? ['ecr:PutImageScanningConfiguration'] : []),
      ...(has('readers') ? ['ecr:SetRepositoryPolicy', 'ecr:DeleteRepositoryPolicy'] : []),
      ...(has('lifecycle') ? ['ecr:PutLifecyclePolicy', 'ecr:DeleteLifecyclePolicy'] : []),
      ...(remove.length > 0 ? ['ecr:DeleteRepository'] : []),
    ],
    repositories,
  );
  // ECR uses the key for the caller (ECR user guide, "Encryption at rest", required permissions).
  const grants = ['kms:CreateGrant', 'kms:DescribeKey', ...(remove.length > 0 ? ['kms:RetireGrant'] : [])];
  const via = { StringEquals: { 'kms:ViaService': `ecr.${registry.region}.${serviceDomain(registry)}` } };
  return [...changes, ...keyStatements('UseKeys', grants, keysOf(written), registry, via)];
}

function serviceDomain({ region }: Area['registry']): string {
  return region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
}

function keysOf(written: Access['written']): readonly string[] {
  const keys = written.flatMap(({ encryption }) =>
    encryption !== undefined && 'key' in encryption ? (encryption.key ?? []) : [],
  );
  return [...new Set(keys)];
}

/** IAM names keys by their ARNs. Those of an alias are all keys of the account that have the alias. */
function keyStatements(
  sid: string,
  actions: readonly string[],
  keys: readonly string[],
  registry: Area['registry'],
  condition: Readonly<Record<string, object>> = {},
): readonly object[] {
  const exact = keys.filter((key) => !isAlias(key)).map((key) => keyArn(registry, key));
  const aliases = keys.filter(isAlias).map((key) => keyArn(registry, key));
  const names = [...new Set(aliases.map((arn) => arn.replace(/^.*?:(?=alias\/)/, '')))];
  const anyKey = [...new Set(aliases.map((arn) => arn.replace(/alias\/.*$/, 'key/*')))];
  const hasAlias = { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': unwrap(names) } };
  const withCondition = (one: object, all: object) =>
    Object.keys(all).length === 0 ? one : { ...one, Condition: all };
  return [
    ...allow(sid, actions, exact).map((one) => withCondition(one, condition)),
    ...allow(`${sid}OfAliases`, actions, anyKey).map((one) =>
      withCondition(one, { ...condition, ...hasAlias }),
    ),
  ];
}

type RegistrySettings = NonNullable<Access['repositories']['registry']>;

/** The actions for each setting of a registry. They accept no resource. */
const registryActions: Readonly<
  Record<keyof RegistrySettings, { readonly plan: readonly string[]; readonly apply: readonly string[] }>
> = {
  scanning: {
    plan: ['ecr:GetRegistryScanningConfiguration'],
    apply: ['ecr:PutRegistryScanningConfiguration'],
  },
  blobMounting: { plan: ['ecr:GetAccountSetting'], apply: ['ecr:PutAccountSetting'] },
  basicScanVersion: { plan: ['ecr:GetAccountSetting'], apply: ['ecr:PutAccountSetting'] },
  policyScope: {
    plan: ['ecr:GetAccountSetting', 'ecr:GetRegistryPolicy'],
    apply: ['ecr:PutAccountSetting'],
  },
  policy: {
    plan: ['ecr:GetRegistryPolicy', 'ecr:GetAccountSetting'],
    apply: ['ecr:PutRegistryPolicy', 'ecr:DeleteRegistryPolicy'],
  },
  pullTimeExclusions: {
    plan: ['ecr:ListPullTimeUpdateExclusions'],
    apply: ['ecr:RegisterPullTimeUpdateExclusion'],
  },
  templates: {
    plan: ['ecr:DescribeRepositoryCreationTemplates'],
    apply: ['ecr:CreateRepositoryCreationTemplate', 'ecr:UpdateRepositoryCreationTemplate'],
  },
  pullThrough: {
    plan: ['ecr:DescribePullThroughCacheRules', 'ecr:ValidatePullThroughCacheRule'],
    apply: ['ecr:CreatePullThroughCacheRule', 'ecr:UpdatePullThroughCacheRule'],
  },
  replication: {
    plan: ['ecr:DescribeRegistry', 'ecr:ListReplicationBackfills'],
    apply: ['ecr:PutReplicationConfiguration', 'ecr:StartReplicationBackfill'],
  },
  signing: { plan: ['ecr:GetSigningConfiguration'], apply: ['ecr:PutSigningConfiguration'] },
};

/** Settings of the whole registry concern other teams, so another role can have these policies. */
function registryPolicies({ build, repositories: { registry } }: Access): Readonly<Record<string, Policy>> {
  if (registry === undefined) return {};
  const written = (Object.keys(registryActions) as (keyof RegistrySettings)[]).filter(
    (setting) => registry[setting] !== undefined,
  );
  const actions = (part: 'plan' | 'apply') => [
    ...new Set(written.flatMap((setting) => registryActions[setting][part])),
  ];
  const { templates = [], pullThrough = [], signing = [] } = registry;
  const roles = [...templates, ...pullThrough].flatMap(({ role }) => role ?? []);
  const profiles = signing.map(({ profile }) => profile);
  const replicator = `arn:${partitionOf(build.registry.region).id}:iam::${build.registry.account}:role/aws-service-role/replication.ecr.amazonaws.com/AWSServiceRoleForECRReplication`;
  return {
    'provision-registry-plan': policyOf(
      allow('ReadRegistry', ['ecr:GetAuthorizationToken', ...actions('plan')]),
    ),
    'provision-registry': policyOf(
      allow('ChangeRegistry', actions('apply')),
      allow('PassRoles', ['iam:PassRole'], [...new Set(roles)]),
      allow('UseSigningProfiles', ['signer:GetSigningProfile', 'signer:SignPayload'], [...new Set(profiles)]),
      registry.replication === undefined
        ? []
        : allow('CreateServiceRole', ['iam:CreateServiceLinkedRole'], [replicator]),
    ),
  };
}
