import { creationSettings } from '@towpath/config';
import { newRepository, type NewRepository, type Repository } from '@towpath/ecr';
import {
  archiveNotes,
  lifecycleRules,
  policyText,
  readPolicy,
  ruleText,
  samePolicy,
  type LifecycleRule,
} from '@towpath/lifecycle';
import { newLedger } from '@towpath/ledger';
import type { Blocked, Change, Difference } from './difference.ts';
import { compareEncryption } from './encryption.ts';
import type { LiveRepository } from './live-repository.ts';
import { ownStatements, readerStatements, sameStatements, type Statement } from './readers.ts';
import type { Target } from './targets.ts';

/** Compares a repository with the configuration, by meaning. */
export function compare(target: Target, live: LiveRepository | undefined): Difference {
  const wanted = wantedRepository(target);
  const { changes: lifecycle, notes } = lifecycleChange(target, live);
  const changes = [
    ...(live === undefined
      ? []
      : [...mutabilityChange(target, wanted, live), ...scanChange(target, live), ...tagChange(target, live)]),
    ...readerChange(target, live),
    ...lifecycle,
  ];
  if (live === undefined) return { create: wanted, changes, blocked: [], warnings: [], notes };
  const { blocked, warnings } = compareEncryption(target, live);
  return {
    changes,
    blocked: [...blocked, ...ledgerBlocked(target, live)],
    warnings,
    notes,
  };
}

function wantedRepository({ repository, uses, written }: Target): NewRepository {
  if (uses === undefined) return newLedger({ repository });
  const { tags } = written;
  return { ...newRepository(repository, creationSettings(written)), ...(tags !== undefined && { tags }) };
}

function mutabilityChange({ uses, written }: Target, wanted: NewRepository, live: LiveRepository): Change[] {
  const { immutability, except } = written;
  const isManaged = uses === undefined || immutability !== undefined || except !== undefined;
  if (!isManaged || mutabilityText(live) === mutabilityText(wanted)) return [];
  const { name } = live;
  const { mutability, exclusions } = wanted;
  return [
    {
      setting: 'immutability',
      value: { name, mutability, exclusions },
      removed: [mutabilityText(live)],
      added: [mutabilityText(wanted)],
    },
  ];
}

/** Returns the mutability in words. The order of the exclusions makes no difference. */
export function mutabilityText({
  mutability,
  exclusions,
}: Pick<Repository, 'mutability' | 'exclusions'>): string {
  const word = mutability.startsWith('IMMUTABLE') ? 'immutable' : 'mutable';
  const list = [...new Set(exclusions)].sort().join(', ');
  return list === '' ? word : `${word}, except ${list}`;
}

function scanChange({ written: { scanOnPush } }: Target, live: LiveRepository): Change[] {
  if (scanOnPush === undefined || scanOnPush === live.scanOnPush) return [];
  return [
    {
      setting: 'scan-on-push',
      value: scanOnPush,
      removed: [String(live.scanOnPush)],
      added: [String(scanOnPush)],
    },
  ];
}

function tagChange(
  { written: { tags = {}, removeTags = [] } }: Target,
  { tags: found = {} }: LiveRepository,
): Change[] {
  const changed = Object.entries(tags).filter(
    ([key, value]) => !Object.hasOwn(found, key) || found[key] !== value,
  );
  const gone = removeTags.filter((key) => Object.hasOwn(found, key) && !Object.hasOwn(tags, key));
  if (changed.length + gone.length === 0) return [];
  return [
    {
      setting: 'tags',
      value: Object.fromEntries([...changed, ...gone.map((key) => [key, null] as const)]),
      removed: [...changed.map(([key]) => key), ...gone].flatMap((key) =>
        Object.hasOwn(found, key) ? [`${key}=${found[key] ?? ''}`] : [],
      ),
      added: changed.map(([key, value]) => `${key}=${value}`),
    },
  ];
}

function readerChange(
  { registry, written: { readers } }: Target,
  live: LiveRepository | undefined,
): Change[] {
  if (readers === undefined) return [];
  const value = readerStatements(readers, registry);
  const before = ownStatements(live?.policy);
  if (sameStatements(value, before)) return [];
  return [{ setting: 'readers', value, removed: before.map(statementText), added: value.map(statementText) }];
}

function statementText({ Sid, Principal, Condition }: Statement): string {
  return `${String(Sid)}: ${JSON.stringify(Principal)}${Condition === undefined ? '' : ` if ${JSON.stringify(Condition)}`}`;
}

function lifecycleChange(
  { written: { lifecycle }, protection, uses }: Target,
  live: LiveRepository | undefined,
): { readonly changes: readonly Change[]; readonly notes: readonly string[] } {
  if (uses === undefined || lifecycle === undefined) return { changes: [], notes: [] };
  const before = live?.lifecycle;
  if (lifecycle.kind === 'none')
    return {
      notes: [],
      changes:
        before === undefined
          ? []
          : [{ setting: 'lifecycle', value: null, removed: ruleLines(before), added: [] }],
    };
  const { rules, notes } =
    lifecycle.kind === 'rules'
      ? { rules: lifecycle.rules, notes: archiveNotes(lifecycle.rules) }
      : lifecycleRules(lifecycle, protection);
  const value = policyText(rules);
  if (before !== undefined && samePolicy(before, value)) return { changes: [], notes: [] };
  const [removed, added] = [before === undefined ? [] : ruleLines(before), rules.map(ruleText)];
  return {
    notes,
    changes: [
      {
        setting: 'lifecycle',
        value,
        removed: removed.filter((line) => !added.includes(line)),
        added: added.filter((line) => !removed.includes(line)),
      },
    ],
  };
}

function ruleLines(text: string): readonly string[] {
  const rules: readonly LifecycleRule[] | undefined = readPolicy(text);
  return rules?.map(ruleText) ?? [text];
}

/** A lifecycle policy of the ledger would expire releases. It may have been set for a reason, so it is not removed. */
function ledgerBlocked({ uses, registry }: Target, { name, lifecycle }: LiveRepository): Blocked[] {
  if (uses !== undefined || lifecycle === undefined) return [];
  return [
    {
      setting: 'lifecycle',
      message: `The ledger ${name} has a lifecycle policy, which can expire releases and entries of environments.`,
      hint: `Run: aws ecr delete-lifecycle-policy --repository-name ${name} --registry-id ${registry.account} --region ${registry.region}`,
    },
  ];
}
