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

/**
 * Returns when a policy expires or archives an image, if nothing is pushed until then. Undefined if no rule does. An image
 * that matches a rule is immune to the rules after it (ECR user guide, "Lifecycle policy evaluation rules").
 *
 * @param rules in the order of their priorities
 * @param images all active images of the repository
 */
export function forecast(
  digest: string,
  images: readonly AgedImage[],
  rules: readonly LifecycleRule[],
  now: number,
): Forecast | undefined {
  const image = images.find((one) => one.digest === digest);
  if (image === undefined) return undefined;
  const rule = rules.find((one) => matches(image, one));
  if (rule === undefined) return undefined;
  const at = timeOf(image, images, rule, now);
  return at === undefined ? undefined : { priority: rule.rulePriority ?? 0, action: rule.action.type, at };
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

function timeOf(
  image: AgedImage,
  images: readonly AgedImage[],
  rule: LifecycleRule,
  now: number,
): number | undefined {
  const { countType, countNumber } = rule.selection;
  const pushed = image.pushedAt?.getTime();
  switch (countType) {
    case 'imageCountMoreThan': {
      const younger = images.filter(
        (one) => matches(one, rule) && (one.pushedAt?.getTime() ?? 0) > (pushed ?? 0),
      );
      return younger.length >= countNumber ? now : undefined;
    }
    case 'sinceImagePushed':
      return pushed === undefined ? undefined : pushed + countNumber * day;
    case 'sinceImagePulled': {
      const used = image.pulledAt?.getTime() ?? pushed;
      return used === undefined ? undefined : used + countNumber * day;
    }
    case 'sinceImageTransitioned':
      return undefined;
  }
}
