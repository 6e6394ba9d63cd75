import type { Digest } from '@towpath/reference';
import type { Image } from '../registry/record.ts';
import { isArchived } from '../registry/storage-class.ts';
import { matchesWildcard } from '../registry/wildcard.ts';
import type { LifecyclePolicy, LifecycleSelection } from './policy.ts';
import type { LifecycleResult } from './result.ts';

const day = 24 * 60 * 60 * 1000;

/**
 * Returns the actions of a policy at a given time (ECR User Guide, "Lifecycle policy evaluation rules"). Every rule
 * selects from all images, including those that other rules expire. Then rules apply by priority, each only to images
 * that match no earlier rule. Images of an index are kept as long as the index, and referrers as long as their subject.
 *
 * @param now milliseconds since the epoch
 */
export function evaluate(
  { rules }: LifecyclePolicy,
  images: readonly Image[],
  now: number,
): LifecycleResult[] {
  const digests = new Set(images.map(({ digest }) => digest));
  const bound = new Set([
    ...images.flatMap((image) => image.children),
    ...images.flatMap(({ digest, subject }) =>
      subject !== undefined && digests.has(subject) ? [digest] : [],
    ),
  ]);
  const matched = new Set<Digest>();
  const results: LifecycleResult[] = [];
  for (const rule of rules) {
    const matching = images.filter((image) => matches(image, rule.selection));
    for (const { digest } of selected(matching, rule.selection, now)) {
      if (matched.has(digest) || bound.has(digest)) continue;
      results.push({ digest, action: rule.action.type, rulePriority: rule.rulePriority });
    }
    for (const { digest } of matching) matched.add(digest);
  }
  return [...results, ...referrersOf(results, images)];
}

function matches(image: Image, selection: LifecycleSelection): boolean {
  if (isArchived(image) !== (selection.storageClass === 'archive')) return false;
  switch (selection.tagStatus) {
    case 'any':
      return true;
    case 'untagged':
      return image.tags.length === 0;
    case 'tagged': {
      const patterns =
        selection.tagPatternList ?? selection.tagPrefixList?.map((prefix) => `${prefix}*`) ?? [];
      return patterns.every((pattern) => image.tags.some((tag) => matchesWildcard(pattern, tag)));
    }
  }
}

function selected(
  images: readonly Image[],
  { countType, countNumber }: LifecycleSelection,
  now: number,
): readonly Image[] {
  switch (countType) {
    case 'imageCountMoreThan': {
      const youngestFirst = [...images].sort(
        (a, b) => b.pushedAt - a.pushedAt || (a.digest < b.digest ? -1 : 1),
      );
      return youngestFirst.slice(countNumber);
    }
    case 'sinceImagePushed':
      return images.filter(({ pushedAt }) => pushedAt <= now - countNumber * day);
    case 'sinceImagePulled':
      return images.filter(({ pulledAt, pushedAt }) => (pulledAt ?? pushedAt) <= now - countNumber * day);
    case 'sinceImageTransitioned':
      return images.filter(({ storage }) => storage !== undefined && storage.at <= now - countNumber * day);
  }
}

/** Applies each action to the referrers of the image, too. */
function referrersOf(results: readonly LifecycleResult[], images: readonly Image[]): LifecycleResult[] {
  const done = new Map(results.map((result) => [result.digest, result]));
  return images.flatMap(({ digest, subject }) => {
    const result = subject === undefined ? undefined : done.get(subject);
    return result === undefined || done.has(digest) ? [] : [{ ...result, digest }];
  });
}
