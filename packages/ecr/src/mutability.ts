import { matchesPattern } from '@towpath/lifecycle';

/** Whether the tags of a repository can move (ECR API, imageTagMutability). */
export type Mutability = 'MUTABLE' | 'IMMUTABLE' | 'MUTABLE_WITH_EXCLUSION' | 'IMMUTABLE_WITH_EXCLUSION';

/** A repository and the mutability of its tags. Tags of public repositories are always mutable. */
export interface Repository {
  readonly name: string;
  readonly mutability: Mutability;
  /** Wildcard filters for tags with the opposite mutability. */
  readonly exclusions: readonly string[];
}

/** Whether a tag, once set, can never point to another image. */
export function isTagLocked(
  tag: string,
  { mutability, exclusions }: Pick<Repository, 'mutability' | 'exclusions'>,
): boolean {
  const excluded = exclusions.some((filter) => matchesPattern(filter, tag));
  switch (mutability) {
    case 'MUTABLE':
      return false;
    case 'IMMUTABLE':
      return true;
    case 'MUTABLE_WITH_EXCLUSION':
      return excluded;
    case 'IMMUTABLE_WITH_EXCLUSION':
      return !excluded;
  }
}
