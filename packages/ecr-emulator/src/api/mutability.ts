import type { ImageTagMutabilityExclusionFilter, Repository } from '@aws-sdk/client-ecr';
import type { TagMutability } from '../registry/record.ts';
import { invalidParameter } from '../registry/exceptions.ts';

/**
 * Returns the mutability of a request. Filters require a mode with exclusions and vice versa (ECR API,
 * PutImageTagMutability).
 *
 * @throws Refusal InvalidParameterException
 */
export function mutabilityOf(
  mode: TagMutability['mode'] = 'MUTABLE',
  filters: readonly ImageTagMutabilityExclusionFilter[] = [],
): TagMutability {
  if (mode.endsWith('_WITH_EXCLUSION') !== filters.length > 0) {
    throw invalidParameter(
      'imageTagMutabilityExclusionFilters',
      `must ${filters.length > 0 ? '' : 'not '}be empty when imageTagMutability is ${mode}`,
    );
  }
  const wrong = filters.find(({ filter = '' }) => filter.split('*').length > 3);
  if (wrong !== undefined)
    throw invalidParameter('imageTagMutabilityExclusionFilters', 'a filter has at most two wildcards');
  return { mode, exclusions: filters.map(({ filter }) => filter ?? '') };
}

export function describeMutability({
  mode,
  exclusions,
}: TagMutability): Pick<Repository, 'imageTagMutability' | 'imageTagMutabilityExclusionFilters'> {
  return {
    imageTagMutability: mode,
    ...(exclusions.length > 0 && {
      imageTagMutabilityExclusionFilters: exclusions.map((filter) => ({
        filterType: 'WILDCARD' as const,
        filter,
      })),
    }),
  };
}
