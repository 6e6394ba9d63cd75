import { decisions, type AgedImage, type Decision, type Forecast } from './forecast.ts';
import { patternsOf, type LifecycleRule } from './rule.ts';

/** An image that the policy before kept, and that the new policy is going to expire or archive. */
export interface ExposedImage<Image extends AgedImage> {
  readonly image: Image;
  readonly forecast: Forecast;
}

/**
 * Returns the images that lose the rule that protected them: a rule of the policy before selected them, is removed or
 * changed, and another rule acts on them earlier than before. A preview of ECR shows only those of them that expire at
 * once.
 *
 * @param images all active images of the repository
 */
export function exposedImages<Image extends AgedImage>(
  images: readonly Image[],
  before: readonly LifecycleRule[],
  after: readonly LifecycleRule[],
  now: number,
): readonly ExposedImage<Image>[] {
  const [old, next] = [decisions(images, before, now), decisions(images, after, now)];
  return images.flatMap((image) => {
    const [earlier, later] = [old.get(image.digest), next.get(image.digest)];
    if (earlier === undefined || later?.forecast === undefined) return [];
    return isExposed(earlier, later.rule, later.forecast) ? [{ image, forecast: later.forecast }] : [];
  });
}

/** A shorter age in the same rule protects as before, only for less time. */
function isExposed(earlier: Decision, rule: LifecycleRule, { at }: Forecast): boolean {
  if (earlier.forecast === undefined) return true;
  return selectionOf(earlier.rule) !== selectionOf(rule) && at < earlier.forecast.at;
}

function selectionOf(rule: LifecycleRule): string {
  return JSON.stringify([rule.selection.tagStatus, patternsOf(rule)]);
}
