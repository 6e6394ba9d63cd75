import { registryLimits, type PullThroughConfig } from '@towpath/config';
import { pullThroughRules, validatePullThroughRule, type PullThroughRule } from '@towpath/ecr';
import { upstreamHost } from '@towpath/reference';
import { hasPullThrough } from '../regions.ts';
import {
  concerned,
  type Comparison,
  type Existing,
  type RegistryBlocked,
  type RegistryChange,
  type RegistryContext,
} from './setting.ts';

const root = 'ROOT';

/** Compares the pull-through cache rules of a configuration. ECR changes only the credentials of a rule. */
export async function comparePullThrough(
  context: RegistryContext,
  written: readonly PullThroughConfig[],
): Promise<Comparison> {
  const { registry, ecr } = context;
  if (written.length > 0 && !hasPullThrough(registry.region))
    return {
      changes: [],
      problems: [
        {
          message: `repositories.registry.pull-through has rules, but ECR has no pull-through caches in ${registry.region}.`,
          hint: 'Remove the rules, and push the base images to a repository.',
        },
      ],
      state: {},
    };
  const found = new Map((await pullThroughRules(ecr)).map((rule) => [rule.prefix, rule]));
  const wanted = written.map(toRule);
  const changes: RegistryChange[] = [];
  const blocked: RegistryBlocked[] = [];
  const state: Existing<PullThroughRule>[] = [];
  for (const rule of wanted) {
    const live = found.get(rule.prefix);
    state.push({ ...(live ?? rule), ...credentialsOf(rule), exists: live !== undefined });
    if (live === undefined)
      changes.push({
        registry,
        setting: 'pull-through',
        value: rule,
        isNew: true,
        removed: [],
        added: [ruleText(rule)],
        notes: concerned(`The cache of ${sourceOf(rule)} has`, context, coversIn(rule)),
      });
    else if (sourceOf(live) !== sourceOf(rule)) blocked.push(blockedRule(context, live, rule));
    else {
      const change = credentialChange(context, live, rule);
      changes.push(...change);
      if (change.length === 0) blocked.push(...(await invalidRule(context, rule)));
    }
  }
  const count = new Set([...found.keys(), ...wanted.map(({ prefix }) => prefix)]).size;
  return {
    changes,
    blocked,
    problems: [
      ...wanted.flatMap((rule) => locationProblems(context, rule)),
      ...(count > registryLimits.pullThroughRules
        ? [
            {
              message: `${registry.host} would have ${count} pull-through cache rules. ECR allows ${registryLimits.pullThroughRules}.`,
              hint: 'Remove rules that nobody uses, with aws ecr delete-pull-through-cache-rule.',
            },
          ]
        : []),
    ],
    state: { pullThrough: state },
  };
}

function toRule({ prefix, upstream, upstreamPrefix = '', ...rest }: PullThroughConfig): PullThroughRule {
  return {
    prefix: prefix === root ? '' : prefix,
    upstream: upstreamHost(upstream),
    upstreamPrefix,
    ...rest,
  };
}

function credentialsOf({ credential, role }: PullThroughRule): Partial<PullThroughRule> {
  return { ...(credential !== undefined && { credential }), ...(role !== undefined && { role }) };
}

function sourceOf({ upstream, upstreamPrefix }: PullThroughRule): string {
  return upstreamPrefix === '' ? upstream : `${upstream}/${upstreamPrefix}`;
}

function nameOf({ prefix }: PullThroughRule): string {
  return prefix === '' ? root : prefix;
}

function coversIn({ prefix }: PullThroughRule): (name: string) => boolean {
  return (name) => prefix === '' || name.startsWith(`${prefix}/`);
}

function ruleText(rule: PullThroughRule): string {
  const { credential, role } = rule;
  const by = [credential, role].filter((one) => one !== undefined).join(' and ');
  return `${nameOf(rule)} from ${sourceOf(rule)}${by === '' ? '' : ` with ${by}`}`;
}

function credentialChange(
  { registry }: RegistryContext,
  live: PullThroughRule,
  wanted: PullThroughRule,
): RegistryChange[] {
  const next = { ...live, ...credentialsOf(wanted) };
  if (ruleText(live) === ruleText(next)) return [];
  return [
    {
      registry,
      setting: 'pull-through',
      value: next,
      isNew: false,
      removed: [ruleText(live)],
      added: [ruleText(next)],
      notes: [],
    },
  ];
}

function blockedRule(
  { registry }: RegistryContext,
  live: PullThroughRule,
  wanted: PullThroughRule,
): RegistryBlocked {
  const name = nameOf(wanted);
  const { account, region } = registry;
  return {
    registry,
    setting: 'pull-through',
    message: `The pull-through cache rule ${name} of ${registry.host} caches ${sourceOf(live)}, not ${sourceOf(wanted)}. ECR cannot change the upstream of a rule.`,
    hint: `Choose another prefix, or delete the rule and run provision again: aws ecr delete-pull-through-cache-rule --ecr-repository-prefix ${name} --registry-id ${account} --region ${region}. Repositories and images of the cache stay.`,
  };
}

/** Validates an unchanged rule, because a cache with an invalid secret fails without a message. */
async function invalidRule(
  { registry, ecr }: RegistryContext,
  rule: PullThroughRule,
): Promise<readonly RegistryBlocked[]> {
  const reason = await validatePullThroughRule(ecr, rule);
  if (reason === undefined) return [];
  return [
    {
      registry,
      setting: 'pull-through',
      message: `The pull-through cache rule ${nameOf(rule)} of ${registry.host} cannot pull from ${rule.upstream}: ${reason}`,
      hint: 'Correct the secret or the role of the rule.',
    },
  ];
}

/** The secret and the role are in the account of the registry, the secret also in its region (ECR user guide). */
function locationProblems(
  { registry }: RegistryContext,
  rule: PullThroughRule,
): { readonly message: string; readonly hint: string }[] {
  const [, , , region, account] = rule.credential?.split(':') ?? [];
  const [, , , , roleAccount] = rule.role?.split(':') ?? [];
  const name = `repositories.registry.pull-through for ${nameOf(rule)}`;
  return [
    ...(rule.credential !== undefined && (region !== registry.region || account !== registry.account)
      ? [
          {
            message: `${name} has the credential ${rule.credential}, which is not in account ${registry.account} and ${registry.region}.`,
            hint: 'Create the secret in the account and the region of the registry.',
          },
        ]
      : []),
    ...(rule.role !== undefined && roleAccount !== registry.account
      ? [
          {
            message: `${name} has the role ${rule.role}, which is not in account ${registry.account}.`,
            hint: 'Create the role in the account of the registry.',
          },
        ]
      : []),
  ];
}
