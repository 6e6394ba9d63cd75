import type { Problem } from '@towpath/errors';
import { lifecycleRules } from '@towpath/lifecycle';
import { parseEcrHost } from '@towpath/reference';
import type { Config } from './config.ts';
import type { Keys } from './keys.ts';
import type { RegistrySettingsConfig } from './registry-schema.ts';
import { conventionalProtection } from './repository-uses.ts';
import { formatPath } from './validate.ts';

/** A contradiction in the settings of the registry. */
interface RegistryContradiction {
  /** The keys below `repositories.registry`. */
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly hint?: string;
}

/** The limits of one configuration of ECR (ECR API; service quotas, "Pull through cache rules per registry"). */
export const registryLimits = {
  replicationRules: 25,
  destinations: 25,
  signingRules: 10,
  pullThroughRules: 50,
};

/** Returns all contradictions in the settings of the registry, with their positions. */
export function registryProblems(config: Config, keys: Keys): readonly Problem[] {
  const { registry } = config.repositories;
  if (registry === undefined) return [];
  const found = [
    ...replicationProblems(registry),
    ...pullThroughProblems(registry),
    ...templateProblems(registry, config),
    ...signingProblems(registry),
    ...policyProblems(registry),
  ];
  return found.map(({ path, message, hint }) => {
    const full = ['repositories', 'registry', ...path];
    return {
      code: 'config-invalid',
      message: `${formatPath(full)} ${message}.`,
      ...(hint !== undefined && { hint }),
      position: keys.positionOf(full),
    };
  });
}

/** Returns the entries whose key an earlier entry has, with the index of that one. */
function repeated<T>(
  entries: readonly T[],
  keyOf: (entry: T) => string,
): readonly (readonly [number, number])[] {
  const keys = entries.map(keyOf);
  return keys.flatMap((key, index) =>
    keys.indexOf(key) < index ? [[index, keys.indexOf(key)] as const] : [],
  );
}

function tooMany(key: string, count: number, max: number): RegistryContradiction[] {
  return count <= max ? [] : [{ path: [key], message: `has ${count} rules, but ECR allows ${max}` }];
}

function replicationProblems({ replication = [] }: RegistrySettingsConfig): RegistryContradiction[] {
  const pairs = replication.flatMap(({ to, repositories }, index) =>
    to.map(({ account = '', region }) => ({
      index,
      destination: `${account}/${region}`,
      key: JSON.stringify([[...repositories].sort(), account, region]),
    })),
  );
  const destinations = new Set(pairs.map(({ destination }) => destination)).size;
  return [
    ...tooMany('replication', replication.length, registryLimits.replicationRules),
    ...(destinations > registryLimits.destinations
      ? [{ path: ['replication'], message: `has ${destinations} destinations, but ECR allows 25` }]
      : []),
    ...repeated(pairs, ({ key }) => key).map(([index]) => ({
      path: ['replication', pairs[index]?.index ?? 0, 'to'],
      message: 'has a destination that the same repositories already have',
      hint: 'Remove one of them.',
    })),
  ];
}

/** The upstreams of ECR (ECR user guide, "Using pull through cache rules"). */
const upstreams: readonly { readonly host: RegExp; readonly needs?: 'credential' }[] = [
  { host: /^public\.ecr\.aws$/ },
  { host: /^quay\.io$/ },
  { host: /^registry\.k8s\.io$/ },
  { host: /^(?:registry-1\.)?docker\.io$/, needs: 'credential' },
  { host: /^ghcr\.io$/, needs: 'credential' },
  { host: /^registry\.gitlab\.com$/, needs: 'credential' },
  { host: /^[a-z0-9]+\.azurecr\.io$/, needs: 'credential' },
  { host: /^cgr\.dev$/, needs: 'credential' },
];

function pullThroughProblems({ pullThrough = [] }: RegistrySettingsConfig): RegistryContradiction[] {
  const key = 'pull-through';
  const found = pullThrough.flatMap(({ prefix, upstream, upstreamPrefix, credential, role }, index) => {
    const at = (name: string, message: string, hint?: string): RegistryContradiction => ({
      path: [key, index, name],
      message,
      ...(hint !== undefined && { hint }),
    });
    const isEcr = parseEcrHost(upstream) !== undefined;
    const known = upstreams.find(({ host }) => host.test(upstream));
    const problems: RegistryContradiction[] = [];
    if (!isEcr && known === undefined)
      problems.push(
        at(
          'upstream',
          `is ${upstream}, which ECR cannot cache`,
          'Use public.ecr.aws, docker.io, ghcr.io, registry.gitlab.com, quay.io, registry.k8s.io, cgr.dev, a registry of azurecr.io or a private registry of ECR.',
        ),
      );
    if (known?.needs === 'credential' && credential === undefined)
      problems.push(
        at(
          'upstream',
          `is ${upstream}, which needs a credential`,
          'Store a user name and an access token in a secret whose name starts with ecr-pullthroughcache/, and write its ARN in credential.',
        ),
      );
    if (isEcr && credential !== undefined)
      problems.push(at('credential', 'is not for a registry of ECR', 'Remove it, and write a role.'));
    if (!isEcr && known !== undefined && role !== undefined)
      problems.push(at('role', `is not for ${upstream}`, 'Remove it. Only a registry of ECR has a role.'));
    if (prefix === 'ROOT' && upstreamPrefix !== undefined)
      problems.push(at('upstream-prefix', 'cannot be combined with prefix: ROOT', 'Remove one of them.'));
    return problems;
  });
  return [
    ...tooMany(key, pullThrough.length, registryLimits.pullThroughRules),
    ...repeated(pullThrough, ({ prefix }) => prefix).map(([index, first]) => ({
      path: [key, index, 'prefix'],
      message: `is also the prefix of ${key}[${first}]`,
    })),
    ...found,
  ];
}

function templateProblems(
  { templates = [] }: RegistrySettingsConfig,
  config: Config,
): RegistryContradiction[] {
  const found = templates.flatMap(({ settings, role }, index): RegistryContradiction[] => {
    const { tags = {}, encryption, lifecycle } = settings;
    const reasons = [
      ...(Object.keys(tags).length > 0 ? ['tags'] : []),
      ...(encryption !== undefined && encryption.type !== 'AES256' ? ['KMS encryption'] : []),
    ];
    const preset =
      lifecycle?.kind === 'preset'
        ? lifecycleRules(lifecycle, conventionalProtection(config)).problems.map(({ path, message }) => ({
            path: ['templates', index, 'lifecycle', ...path],
            message,
          }))
        : [];
    if (reasons.length === 0 || role !== undefined) return preset;
    return [
      ...preset,
      {
        path: ['templates', index],
        message: `has ${reasons.join(' and ')}, but no role`,
        hint: 'Write role: the ARN of an IAM role that ECR may assume (service ecr.amazonaws.com), with ecr:CreateRepository, ecr:ReplicateImage, ecr:TagResource, and kms:CreateGrant, kms:DescribeKey and kms:RetireGrant for the key.',
      },
    ];
  });
  return [
    ...repeated(templates, ({ prefix }) => prefix).map(([index, first]) => ({
      path: ['templates', index, 'prefix'],
      message: `is also the prefix of templates[${first}]`,
    })),
    ...found,
  ];
}

function signingProblems({ signing = [] }: RegistrySettingsConfig): RegistryContradiction[] {
  return [
    ...tooMany('signing', signing.length, registryLimits.signingRules),
    ...repeated(signing, ({ profile }) => profile).map(([index, first]) => ({
      path: ['signing', index, 'profile'],
      message: `is also the profile of signing[${first}]`,
      hint: 'Write all repositories of a profile into one rule.',
    })),
  ];
}

/** The actions with which the registry policy can be corrected. */
const correcting = ['ecr:PutRegistryPolicy', 'ecr:DeleteRegistryPolicy', 'ecr:GetRegistryPolicy'];

function policyProblems({ policy = {} }: RegistrySettingsConfig): RegistryContradiction[] {
  return Object.entries(policy).flatMap(([name, { effect, actions }]): RegistryContradiction[] => {
    const covers = (action: string) => actions.some((pattern) => isLike(action, pattern));
    const locked = effect === 'deny' ? correcting.filter(covers) : [];
    const problems: RegistryContradiction[] = [];
    if (locked.length > 0)
      problems.push({
        path: ['policy', name, 'actions'],
        message: `would deny ${locked.join(', ')}, so that the policy could not be corrected`,
        hint: 'List the actions to deny one by one.',
      });
    if (actions.some((action) => action.toLowerCase() === 'ecr:getauthorizationtoken'))
      problems.push({
        path: ['policy', name, 'actions'],
        message: 'has ecr:GetAuthorizationToken, which has no resource, so a registry policy cannot grant it',
        hint: 'Allow it in the policy of the role.',
      });
    return problems;
  });
}

function isLike(action: string, pattern: string): boolean {
  const parts = pattern.toLowerCase().split('*');
  const text = action.toLowerCase();
  const [first = '', ...others] = parts;
  if (others.length === 0) return text === first;
  if (!text.startsWith(first)) return false;
  const last = others.pop() ?? '';
  let from = first.length;
  for (const part of others) {
    const found = text.indexOf(part, from);
    if (found === -1) return false;
    from = found + part.length;
  }
  return text.length - last.length >= from && text.endsWith(last);
}
