import type {
  CreatePullThroughCacheRuleRequest,
  CreatePullThroughCacheRuleResponse,
  DeletePullThroughCacheRuleRequest,
  DeletePullThroughCacheRuleResponse,
  DescribePullThroughCacheRulesRequest,
  DescribePullThroughCacheRulesResponse,
  UpdatePullThroughCacheRuleRequest,
  UpdatePullThroughCacheRuleResponse,
  ValidatePullThroughCacheRuleRequest,
  ValidatePullThroughCacheRuleResponse,
} from '@aws-sdk/client-ecr';
import { upstreamOf } from '../pull-through/rule.ts';
import type { PullThroughRule } from '../registry/settings.ts';
import { probe } from '../pull-through/upstream.ts';
import { Refusal } from '../refusal.ts';
import type { Registry } from '../registry/registry.ts';
import { invalidParameter, limitExceeded } from '../registry/exceptions.ts';
import type { Call, Operations } from './operation.ts';
import { pageOf } from './page.ts';
import { ownProperty } from '../own-property.ts';

/** ECR service quotas, "Pull through cache rules per registry". */
const maxRules = 50;

/** The secret is in the account and the region of the registry (ECR user guide, "Storing your upstream credentials"). */
function checkSecret({ account, region }: Registry, arn: string | undefined): void {
  const [, , , secretRegion, secretAccount] = arn?.split(':') ?? [];
  if (arn !== undefined && (secretRegion !== region || secretAccount !== account))
    throw new Refusal('UnableToAccessSecretException', `The secret ${arn} is unable to be accessed.`);
}

async function create({
  ecr,
  registry,
  input,
}: Call<CreatePullThroughCacheRuleRequest>): Promise<CreatePullThroughCacheRuleResponse> {
  const prefix = input.ecrRepositoryPrefix;
  const host = input.upstreamRegistryUrl.replace(/^https:\/\//, '').replace(/\/$/, '');
  const upstream = upstreamOf(host);
  const named = input.upstreamRegistry ?? upstream?.name;
  if (upstream === undefined || named !== upstream.name) {
    throw new Refusal(
      'UnsupportedUpstreamRegistryException',
      `The upstream registry '${input.upstreamRegistryUrl}' is not supported`,
    );
  }
  if (upstream.needsCredentials && input.credentialArn === undefined) {
    throw invalidParameter('credentialArn', `must not be null for ${upstream.name}`);
  }
  // ECR user guide, "Customizing repository prefixes for ECR to ECR pull through cache".
  if (prefix === 'ROOT' && (input.upstreamRepositoryPrefix ?? 'ROOT') !== 'ROOT')
    throw invalidParameter('upstreamRepositoryPrefix', 'must be ROOT if ecrRepositoryPrefix is ROOT');
  if (input.customRoleArn !== undefined && upstream.name !== 'ecr')
    throw invalidParameter('customRoleArn', 'is only for an upstream of Amazon ECR');
  checkSecret(registry, input.credentialArn);
  if (Object.keys(registry.settings.pullThrough).length >= maxRules)
    throw limitExceeded(`The registry has ${maxRules} pull through cache rules`);
  if (ownProperty(registry.settings.pullThrough, prefix) !== undefined) {
    throw new Refusal(
      'PullThroughCacheRuleAlreadyExistsException',
      `A pull through cache rule with prefix '${prefix}' already exists in the registry with id '${registry.account}'`,
    );
  }
  const now = ecr.clock.now();
  const rule: PullThroughRule = {
    prefix,
    upstreamHost: host,
    upstreamRegistry: upstream.name,
    upstreamPrefix: input.upstreamRepositoryPrefix ?? 'ROOT',
    credentialArn: input.credentialArn,
    customRoleArn: input.customRoleArn,
    createdAt: now,
    updatedAt: now,
  };
  await save(registry, rule);
  return { ...describe(registry, rule), upstreamRegistry: rule.upstreamRegistry, createdAt: new Date(now) };
}

async function update({
  ecr,
  registry,
  input,
}: Call<UpdatePullThroughCacheRuleRequest>): Promise<UpdatePullThroughCacheRuleResponse> {
  const before = find(registry, input.ecrRepositoryPrefix);
  checkSecret(registry, input.credentialArn);
  const rule = {
    ...before,
    credentialArn: input.credentialArn ?? before.credentialArn,
    customRoleArn: input.customRoleArn ?? before.customRoleArn,
    updatedAt: ecr.clock.now(),
  };
  await save(registry, rule);
  return {
    ecrRepositoryPrefix: rule.prefix,
    registryId: registry.account,
    upstreamRepositoryPrefix: rule.upstreamPrefix,
    credentialArn: rule.credentialArn,
    customRoleArn: rule.customRoleArn,
    updatedAt: new Date(rule.updatedAt),
  };
}

async function remove({
  registry,
  input,
}: Call<DeletePullThroughCacheRuleRequest>): Promise<DeletePullThroughCacheRuleResponse> {
  const rule = find(registry, input.ecrRepositoryPrefix);
  await registry.configure((settings) => {
    const rest = Object.entries(settings.pullThrough).filter(([prefix]) => prefix !== rule.prefix);
    return { ...settings, pullThrough: Object.fromEntries(rest) };
  });
  return { ...describe(registry, rule), createdAt: new Date(rule.createdAt) };
}

function describeAll({
  registry,
  input,
}: Call<DescribePullThroughCacheRulesRequest>): DescribePullThroughCacheRulesResponse {
  const { ecrRepositoryPrefixes } = input;
  const rules =
    ecrRepositoryPrefixes?.map((prefix) => find(registry, prefix)) ??
    Object.values(registry.settings.pullThrough).sort((a, b) => (a.prefix < b.prefix ? -1 : 1));
  const { items, ...rest } = pageOf(rules, input, ({ prefix }) => prefix);
  return {
    pullThroughCacheRules: items.map((rule) => ({
      ...describe(registry, rule),
      upstreamRegistry: rule.upstreamRegistry,
      createdAt: new Date(rule.createdAt),
      updatedAt: new Date(rule.updatedAt),
    })),
    ...rest,
  };
}

async function validate({
  ecr,
  registry,
  input,
}: Call<ValidatePullThroughCacheRuleRequest>): Promise<ValidatePullThroughCacheRuleResponse> {
  const rule = find(registry, input.ecrRepositoryPrefix);
  const failure = await failureOf(() => probe(ecr.upstreams.addressOf(rule, registry)));
  return {
    ...describe(registry, rule),
    isValid: failure === undefined,
    ...(failure !== undefined && { failure }),
  };
}

export const pullThrough: Operations = {
  CreatePullThroughCacheRule: create,
  UpdatePullThroughCacheRule: update,
  DeletePullThroughCacheRule: remove,
  DescribePullThroughCacheRules: describeAll,
  ValidatePullThroughCacheRule: validate,
};

async function failureOf(attempt: () => Promise<string | undefined>): Promise<string | undefined> {
  try {
    return await attempt();
  } catch (error) {
    if (error instanceof Refusal) return error.message;
    throw error;
  }
}

function find(registry: Registry, prefix: string): PullThroughRule {
  const rule = ownProperty(registry.settings.pullThrough, prefix);
  if (rule !== undefined) return rule;
  throw new Refusal(
    'PullThroughCacheRuleNotFoundException',
    `Pull through cache rule with prefix '${prefix}' does not exist in the registry with id '${registry.account}'`,
  );
}

async function save(registry: Registry, rule: PullThroughRule): Promise<void> {
  await registry.configure((settings) => ({
    ...settings,
    pullThrough: { ...settings.pullThrough, [rule.prefix]: rule },
  }));
}

/** Returns the members of a rule that all operations return. */
function describe(
  registry: Registry,
  rule: PullThroughRule,
): {
  ecrRepositoryPrefix: string;
  upstreamRegistryUrl: string;
  upstreamRepositoryPrefix: string;
  registryId: string;
  credentialArn: string | undefined;
  customRoleArn: string | undefined;
} {
  return {
    ecrRepositoryPrefix: rule.prefix,
    upstreamRegistryUrl: rule.upstreamHost,
    upstreamRepositoryPrefix: rule.upstreamPrefix,
    registryId: registry.account,
    credentialArn: rule.credentialArn,
    customRoleArn: rule.customRoleArn,
  };
}
