import { conventionalProtection, type Config, type TemplateConfig } from '@towpath/config';
import { creationTemplates, type CreationTemplate } from '@towpath/ecr';
import { lifecycleRules, policyText, samePolicy } from '@towpath/lifecycle';
import { readerStatements, sameStatements, statementsOf, withStatements } from '../readers.ts';
import { doubleEncryptionHint, hasDoubleEncryption } from '../regions.ts';
import type { PrivateRegistryRef } from '../targets.ts';
import {
  concerned,
  differing,
  type Comparison,
  type Existing,
  type RegistryChange,
  type RegistryContext,
} from './setting.ts';

const root = 'ROOT';

/** Compares the repository creation templates of a configuration. Those of others stay. */
export async function compareTemplates(
  context: RegistryContext,
  written: readonly TemplateConfig[],
): Promise<Comparison> {
  const { registry, ecr, config } = context;
  const found = await creationTemplates(ecr);
  const prefixes = [...new Set([...found, ...written].map(({ prefix }) => prefix))];
  const changes: RegistryChange[] = [];
  const state: Existing<CreationTemplate>[] = [];
  for (const one of written) {
    const value = wantedTemplate(one, config, registry);
    const live = found.find(({ prefix }) => prefix === one.prefix);
    const isSame = live !== undefined && isSameTemplate(live, value);
    state.push({ ...(isSame ? live : value), exists: live !== undefined });
    if (isSame) continue;
    const lines = differing(live === undefined ? [] : linesOf(live), linesOf(value));
    changes.push({
      registry,
      setting: 'templates',
      value,
      isNew: live === undefined,
      ...lines,
      notes: [
        ...concerned(`Repositories that exist under ${one.prefix}:`, context, isUnder(one.prefix, prefixes)),
        one.applyToExisting
          ? 'They get the written settings, too.'
          : 'They stay as they are. To change them, write apply-to-existing: true.',
      ],
    });
  }
  return {
    changes,
    problems: written.flatMap((one) => locationProblems(one, registry)),
    state: { templates: state },
  };
}

/** Returns whether a template applies to a repository: it has the longest of all prefixes that match. */
export function isUnder(prefix: string, prefixes: readonly string[]): (name: string) => boolean {
  const matches = (one: string, name: string) => one === root || name.startsWith(`${one}/`);
  const length = (one: string) => (one === root ? 0 : one.length);
  return (name) =>
    matches(prefix, name) &&
    !prefixes.some((other) => length(other) > length(prefix) && matches(other, name));
}

/** Images of a cache and replicas get the tags of their source again when those move. */
function isImmutable({ appliedFor, settings: { immutability } }: TemplateConfig): boolean {
  if (immutability !== undefined) return immutability === 'immutable';
  return appliedFor.every((reason) => reason === 'push');
}

const reasons = {
  push: 'CREATE_ON_PUSH',
  'pull-through': 'PULL_THROUGH_CACHE',
  replication: 'REPLICATION',
} as const;

/** Returns a template with every field. */
function wantedTemplate(
  template: TemplateConfig,
  config: Config,
  registry: PrivateRegistryRef,
): CreationTemplate {
  const { prefix, description, appliedFor, role, settings } = template;
  const { except = [], encryption = { type: 'AES256' }, lifecycle, readers, tags = {} } = settings;
  const mode = isImmutable(template) ? 'IMMUTABLE' : 'MUTABLE';
  const rules =
    lifecycle?.kind === 'preset'
      ? lifecycleRules(lifecycle, conventionalProtection(config)).rules
      : lifecycle?.kind === 'rules'
        ? lifecycle.rules
        : [];
  return {
    prefix,
    description,
    appliedFor: appliedFor.map((reason) => reasons[reason]),
    mutability: except.length === 0 ? mode : `${mode}_WITH_EXCLUSION`,
    exclusions: except,
    encryption:
      encryption.type === 'AES256'
        ? { type: 'AES256' }
        : { type: encryption.type, ...(encryption.key !== undefined && { key: encryption.key }) },
    tags,
    policy:
      readers === undefined
        ? ''
        : (withStatements(undefined, readerStatements(readers, registry), () => false) ?? ''),
    lifecycle: rules.length === 0 ? '' : policyText(rules),
    ...(role !== undefined && { role }),
  };
}

function isSameTemplate(live: CreationTemplate, wanted: CreationTemplate): boolean {
  const hasKey = 'key' in wanted.encryption;
  const rest = (one: CreationTemplate) =>
    JSON.stringify([
      one.description,
      [...one.appliedFor].sort(),
      one.mutability,
      [...one.exclusions].sort(),
      // Without a key, ECR takes the AWS managed key, and may name it.
      hasKey ? encryptionText(one) : one.encryption.type,
      Object.entries(one.tags).sort(),
      one.role ?? '',
    ]);
  const statements = (text: string) => (text === '' ? [] : statementsOf(text));
  return (
    rest(live) === rest(wanted) &&
    sameStatements(statements(live.policy), statements(wanted.policy)) &&
    (live.lifecycle === wanted.lifecycle ||
      (live.lifecycle !== '' && wanted.lifecycle !== '' && samePolicy(live.lifecycle, wanted.lifecycle)))
  );
}

function encryptionText({ encryption }: CreationTemplate): string {
  return 'key' in encryption ? `${encryption.type} with ${encryption.key ?? ''}` : encryption.type;
}

function linesOf(template: CreationTemplate): readonly string[] {
  const { prefix, description, appliedFor, exclusions, tags, policy, lifecycle, role } = template;
  const values: Readonly<Record<string, string>> = {
    description,
    for: [...appliedFor].sort().join(', '),
    immutability: [template.mutability, ...[...exclusions].sort()].join(' '),
    encryption: encryptionText(template),
    tags: Object.entries(tags)
      .map(([key, value]) => `${key}=${value}`)
      .sort()
      .join(', '),
    policy,
    lifecycle,
    role: role ?? '',
  };
  return Object.entries(values).flatMap(([key, value]) =>
    value === '' ? [] : [`${prefix} ${key}: ${value}`],
  );
}

/** The role is in the account of the registry, the key of the encryption also in its region (ECR API). */
function locationProblems(
  { prefix, role, settings: { encryption } }: TemplateConfig,
  { account, region }: PrivateRegistryRef,
): { readonly message: string; readonly hint: string }[] {
  const [, , , keyRegion] = encryption?.key?.split(':') ?? [];
  const [, , , , roleAccount] = role?.split(':') ?? [];
  const name = `repositories.registry.templates for ${prefix}`;
  return [
    ...(encryption?.type === 'KMS_DSSE' && !hasDoubleEncryption(region)
      ? [
          {
            message: `${name} has the encryption KMS_DSSE, which ECR does not have in ${region}.`,
            hint: doubleEncryptionHint,
          },
        ]
      : []),
    ...(keyRegion !== undefined && keyRegion !== region
      ? [
          {
            message: `${name} has a KMS key in ${keyRegion}, but the registry is in ${region}.`,
            hint: 'Write a key of the region of the registry.',
          },
        ]
      : []),
    ...(roleAccount !== undefined && roleAccount !== account
      ? [
          {
            message: `${name} has the role ${role ?? ''}, which is not in account ${account}.`,
            hint: 'Create the role in the account of the registry.',
          },
        ]
      : []),
  ];
}
