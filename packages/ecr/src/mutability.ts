import type { Repository } from './repository.ts';

/** Whether the tags of a repository can move (ECR API, imageTagMutability). */
export type Mutability = 'MUTABLE' | 'IMMUTABLE' | 'MUTABLE_WITH_EXCLUSION' | 'IMMUTABLE_WITH_EXCLUSION';

/** Whether a tag, once set, can never point to another image. */
export function isTagLocked(
  tag: string,
  { mutability, exclusions }: Pick<Repository, 'mutability' | 'exclusions'>,
): boolean {
  const excluded = exclusions.some((filter) => matchesFilter(tag, filter));
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

/** Whether a WILDCARD filter of ECR matches a tag: `*` matches any characters. */
function matchesFilter(tag: string, filter: string): boolean {
  const [start = '', ...others] = filter.split('*');
  const end = others.pop();
  if (end === undefined) return tag === filter;
  if (tag.length < start.length + end.length || !tag.startsWith(start) || !tag.endsWith(end)) return false;
  let rest = tag.slice(start.length, tag.length - end.length);
  for (const part of others) {
    const at = rest.indexOf(part);
    if (at < 0) return false;
    rest = rest.slice(at + part.length);
  }
  return true;
}
