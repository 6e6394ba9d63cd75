import type { NewRepository, Repository } from '@towpath/ecr';
import type { Statement } from './readers.ts';

/** A change of one setting. Lists of lines show what is removed and added. */
export type Change = { readonly removed: readonly string[]; readonly added: readonly string[] } & (
  | { readonly setting: 'immutability'; readonly value: Repository }
  | { readonly setting: 'scan-on-push'; readonly value: boolean }
  /** The tags to set. Null removes a tag. */
  | { readonly setting: 'tags'; readonly value: Readonly<Record<string, string | null>> }
  | { readonly setting: 'readers'; readonly value: readonly Statement[] }
  /** The text of the policy; null to remove it. */
  | { readonly setting: 'lifecycle'; readonly value: string | null }
);

/** A difference that cannot be changed, with the steps to migrate. */
export interface Blocked {
  readonly setting: 'encryption' | 'lifecycle';
  readonly message: string;
  readonly hint: string;
}

/** What is to be done to one repository. */
export interface Difference {
  /** The settings of a repository that does not exist. */
  readonly create?: NewRepository;
  readonly changes: readonly Change[];
  readonly blocked: readonly Blocked[];
  /** Settings that could not be compared. */
  readonly warnings: readonly string[];
  /** What the reader of the plan must know. */
  readonly notes: readonly string[];
}
