import { matchesPattern } from './pattern.ts';
import { patternsOf, type LifecycleRule } from './rule.ts';

/**
 * Returns the indexes of the rules that select no image by their tags. Such a rule never fires: perhaps its prefix is
 * no longer in use.
 *
 * @param images the tags of each image
 */
export function unusedRules(
  rules: readonly LifecycleRule[],
  images: readonly (readonly string[])[],
): readonly number[] {
  return rules.flatMap(({ selection }, index) => {
    if (selection.tagStatus !== 'tagged') return [];
    const patterns = patternsOf({ selection });
    const isUsed = images.some((tags) =>
      patterns.every((pattern) => tags.some((tag) => matchesPattern(pattern, tag))),
    );
    return isUsed ? [] : [index];
  });
}
