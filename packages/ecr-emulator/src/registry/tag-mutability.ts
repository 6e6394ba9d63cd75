import type { TagMutability } from './record.ts';
import { matchesWildcard } from './wildcard.ts';

/** Whether an existing tag may move to another image. */
export function isMutable(tag: string, { mode, exclusions }: TagMutability): boolean {
  const excluded = exclusions.some((pattern) => matchesWildcard(pattern, tag));
  switch (mode) {
    case 'MUTABLE':
      return true;
    case 'IMMUTABLE':
      return false;
    case 'MUTABLE_WITH_EXCLUSION':
      return !excluded;
    case 'IMMUTABLE_WITH_EXCLUSION':
      return excluded;
  }
}
