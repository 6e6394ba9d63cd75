import type { Config, RegistrySettingsConfig } from '@towpath/config';
import type {
  AccountSetting,
  CreationTemplate,
  PrivateEcr,
  PullThroughRule,
  RegistryScanning,
  ReplicationRule,
  SigningRule,
} from '@towpath/ecr';
import type { Statement } from '../readers.ts';
import type { PrivateRegistryRef } from '../targets.ts';

/** A change of a setting that all repositories of a registry share. */
export type RegistryChange = {
  readonly registry: PrivateRegistryRef;
  readonly removed: readonly string[];
  readonly added: readonly string[];
  /** What the reader of the plan must know, for example which repositories are concerned. */
  readonly notes: readonly string[];
} & RegistryValue;

/** The new value of a setting. Lists have only the entries of the configuration; those of others stay. */
export type RegistryValue =
  | { readonly setting: 'scanning'; readonly value: RegistryScanning }
  | {
      readonly setting: 'account settings';
      readonly value: { readonly name: AccountSetting; readonly value: string };
    }
  | { readonly setting: 'pull-time exclusions'; readonly value: readonly string[] }
  | { readonly setting: 'replication'; readonly value: readonly WantedReplication[] }
  | { readonly setting: 'pull-through'; readonly value: PullThroughRule; readonly isNew: boolean }
  | { readonly setting: 'templates'; readonly value: CreationTemplate; readonly isNew: boolean }
  | { readonly setting: 'policy'; readonly value: readonly Statement[] }
  | { readonly setting: 'signing'; readonly value: readonly SigningRule[] };

/** A replication rule of the configuration. Undefined leaves the deletions of a rule that exists as they are. */
export type WantedReplication = Omit<ReplicationRule, 'deletions'> & { readonly deletions?: boolean };

/** A difference of a registry that cannot be changed. */
export interface RegistryBlocked {
  readonly registry: PrivateRegistryRef;
  readonly setting: string;
  readonly message: string;
  readonly hint: string;
}

/** The managed settings of a registry as they are after the plan, with the entries of others. */
export interface RegistryState {
  readonly scanning?: RegistryScanning;
  readonly accountSettings?: Partial<Readonly<Record<AccountSetting, string>>>;
  readonly pullTimeExclusions?: readonly Existing<{ readonly principal: string }>[];
  readonly replication?: readonly ReplicationRule[];
  readonly pullThrough?: readonly Existing<PullThroughRule>[];
  readonly templates?: readonly Existing<CreationTemplate>[];
  /** The whole policy; undefined text for none. */
  readonly policy?: { readonly text: string | undefined; readonly exists: boolean };
  readonly signing?: { readonly rules: readonly SigningRule[]; readonly exists: boolean };
}

/** An entry, and whether it exists now, so that other tools must import it. */
export type Existing<T> = T & { readonly exists: boolean };

/** What the settings of a registry are compared with. */
export interface RegistryContext {
  readonly registry: PrivateRegistryRef;
  readonly ecr: PrivateEcr;
  readonly config: Config;
  readonly wanted: RegistrySettingsConfig;
  /** All repositories of the registry. */
  readonly names: readonly string[];
  /** Those that the configuration uses. */
  readonly own: ReadonlySet<string>;
}

/** The result of comparing one setting. */
export interface Comparison {
  readonly changes: readonly RegistryChange[];
  readonly blocked?: readonly RegistryBlocked[];
  /** Contradictions that only the real registry shows, without the path of the file. */
  readonly problems?: readonly { readonly message: string; readonly hint: string }[];
  readonly state: RegistryState;
}

/** The maximum number of names in a note. */
const maxNames = 20;

export function listed(names: readonly string[]): string {
  if (names.length === 0) return 'no repository';
  const more = names.length > maxNames ? ` and ${names.length - maxNames} more` : '';
  return `${names.slice(0, maxNames).join(', ')}${more}`;
}

/** Says which repositories a rule concerns, and which of them are not of this configuration. */
export function concerned(
  what: string,
  { names, own }: Pick<RegistryContext, 'names' | 'own'>,
  covers: (name: string) => boolean,
): readonly string[] {
  const found = names.filter(covers);
  const others = found.filter((name) => !own.has(name));
  return [
    `${what} ${listed(found)}.`,
    ...(others.length > 0 ? [`Not in this configuration: ${listed(others)}.`] : []),
  ];
}

/** Returns the lines of a change that differ. */
export function differing(
  before: readonly string[],
  after: readonly string[],
): { readonly removed: readonly string[]; readonly added: readonly string[] } {
  return {
    removed: before.filter((line) => !after.includes(line)),
    added: after.filter((line) => !before.includes(line)),
  };
}
