import { matchesPattern } from './pattern.ts';
import type { LifecycleRule } from './rule.ts';

/** An active image of a repository. */
export interface AgedImage {
  readonly digest: string;
  readonly tags: readonly string[];
  readonly pushedAt?: Date;
  readonly pulledAt?: Date;
}

/** What a policy is going to do with an image. */
export interface Forecast {
  readonly priority: number;
  readonly action: LifecycleRule['action']['type'];
  /** In milliseconds since the epoch. A time in the past means the next evaluation, within 24 hours. */
  readonly at: number;
}

const day = 24 * 60 * 60 * 1000;

/** The rule that decides about an image: the first one that selects it. */
export interface Decision {
  readonly rule: LifecycleRule;
  /** Undefined if the rule keeps the image, and so protects it from the rules after it. */
  readonly forecast: Forecast | undefined;
}

/**
 * Returns what a policy does with each image, if nothing is pushed until then, by digest. An image that no rule selects
 * has no entry. An image that matches a rule is immune to the rules after it (ECR user guide, "Lifecycle policy
 * evaluation rules").
 *
 * @param images all active images of the repository
 * @param rules in the order of their priorities
 */
export function decisions(
  images: readonly AgedImage[],
  rules: readonly LifecycleRule[],
  now: number,
): ReadonlyMap<string, Decision> {
  const decided = new Map<string, Decision>();
  for (const rule of rules) {
    const matching = images.filter((image) => matches(image, rule));
    const timeOf = timesOf(matching, rule, now);
    for (const image of matching) {
      if (decided.has(image.digest)) continue;
      const at = timeOf(image);
      const { rulePriority: priority = 0, action } = rule;
      const forecast = at === undefined ? undefined : { priority, action: action.type, at };
      decided.set(image.digest, { rule, forecast });
    }
  }
  return decided;
}

function matches({ tags }: AgedImage, { selection }: LifecycleRule): boolean {
  if (selection.storageClass === 'archive') return false;
  switch (selection.tagStatus) {
    case 'any':
      return true;
    case 'untagged':
      return tags.length === 0;
    case 'tagged': {
      const prefixes = selection.tagPrefixList?.map((prefix) => `${prefix}*`) ?? [];
      const patterns = selection.tagPatternList ?? prefixes;
      return patterns.every((pattern) => tags.some((tag) => matchesPattern(pattern, tag)));
    }
  }
}

/** Returns a function that computes when a rule acts on one of the images that it selects. */
function timesOf(
  matching: readonly AgedImage[],
  { selection: { countType, countNumber } }: LifecycleRule,
  now: number,
): (image: AgedImage) => number | undefined {
  switch (countType) {
    case 'imageCountMoreThan': {
      const younger = countYounger(matching);
      return ({ digest }) => ((younger.get(digest) ?? 0) >= countNumber ? now : undefined);
    }
    case 'sinceImagePushed':
      return ({ pushedAt }) => pushedAt && pushedAt.getTime() + countNumber * day;
    case 'sinceImagePulled':
      return ({ pulledAt, pushedAt }) => {
        const used = pulledAt ?? pushedAt;
        return used && used.getTime() + countNumber * day;
      };
    case 'sinceImageTransitioned':
      return () => undefined;
  }
}

/** Returns for each image how many were pushed after it. */
function countYounger(images: readonly AgedImage[]): ReadonlyMap<string, number> {
  const pushed = ({ pushedAt }: AgedImage) => pushedAt?.getTime() ?? 0;
  const counts = new Map<string, number>();
  let [last, younger] = [Infinity, 0];
  for (const [index, image] of images.toSorted((a, b) => pushed(b) - pushed(a)).entries()) {
    if (pushed(image) < last) [last, younger] = [pushed(image), index];
    counts.set(image.digest, younger);
  }
  return counts;
}
