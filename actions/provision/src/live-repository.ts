import type { ListedRepository } from '@towpath/ecr';

/** The key that the configuration names by an alias. */
export type AliasedKey =
  | { readonly kind: 'known'; readonly arn: string }
  | { readonly kind: 'missing' }
  /** The caller may not read which key it is. */
  | { readonly kind: 'denied'; readonly why: string };

/** The state of a repository. Settings that are not managed are not read. */
export interface LiveRepository extends ListedRepository {
  readonly lifecycle?: string;
  readonly policy?: string;
  readonly tags?: Readonly<Record<string, string>>;
  /** The key of the alias that the configuration writes, if its encryption is to be compared. */
  readonly aliasedKey?: AliasedKey;
}
