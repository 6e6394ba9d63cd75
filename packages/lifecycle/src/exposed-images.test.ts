import { describe, expect, test } from '@jest/globals';
import { exposedImages } from './exposed-images.ts';
import type { AgedImage } from './forecast.ts';
import type { LifecycleRule } from './rule.ts';

const day = 86_400_000;
const now = Date.UTC(2026, 0, 31);

/** Three images, pushed 1, 5 and 20 days ago. */
const images: readonly AgedImage[] = [
  { digest: 'a', tags: ['dev-3'], pushedAt: new Date(now - day) },
  { digest: 'b', tags: ['dev-2', 'prod-2'], pushedAt: new Date(now - 5 * day) },
  { digest: 'c', tags: ['dev-1', 'prod-1'], pushedAt: new Date(now - 20 * day) },
];

const expire = { type: 'expire' } as const;
const keep = (pattern: string, countNumber: number): LifecycleRule => ({
  selection: { tagStatus: 'tagged', tagPatternList: [pattern], countType: 'imageCountMoreThan', countNumber },
  action: expire,
});
const after = (pattern: string, days: number): LifecycleRule => ({
  selection: {
    tagStatus: 'tagged',
    tagPatternList: [pattern],
    countType: 'sinceImagePushed',
    countUnit: 'days',
    countNumber: days,
  },
  action: expire,
});
const archiveAll: LifecycleRule = {
  selection: { tagStatus: 'any', countType: 'sinceImagePulled', countUnit: 'days', countNumber: 30 },
  action: { type: 'transition', targetStorageClass: 'archive' },
};

describe('a changed policy exposes', () => {
  test.each<{
    name: string;
    before: readonly LifecycleRule[];
    next: readonly LifecycleRule[];
    exposed: readonly string[];
  }>([
    {
      name: 'the images of a rule that is removed',
      before: [keep('prod-*', 9), after('dev-*', 30)],
      next: [after('dev-*', 30)],
      exposed: ['b', 'c'],
    },
    {
      name: 'the images of a pattern that is changed',
      before: [keep('prod-*', 9), after('dev-*', 30)],
      next: [keep('production-*', 9), after('dev-*', 30)],
      exposed: ['b', 'c'],
    },
    {
      name: 'images beyond a smaller number',
      before: [keep('prod-*', 9)],
      next: [keep('prod-*', 1)],
      exposed: ['c'],
    },
    {
      name: 'images that a rule with a longer age protected',
      before: [after('prod-*', 365), after('dev-*', 30)],
      next: [after('dev-*', 30)],
      exposed: ['b', 'c'],
    },
    {
      name: 'images whose rule comes later now',
      before: [keep('prod-*', 9), after('dev-*', 30)],
      next: [after('dev-*', 30), keep('prod-*', 9)],
      exposed: ['b', 'c'],
    },
    {
      name: 'images that are archived now',
      before: [keep('prod-*', 9), archiveAll],
      next: [archiveAll],
      exposed: ['b', 'c'],
    },
    {
      name: 'the images of a rule that counted, if it expires by age now',
      before: [keep('dev-*', 9)],
      next: [after('dev-*', 30)],
      exposed: ['a', 'b', 'c'],
    },
    {
      name: 'nothing, if a rule that kept no image is removed',
      before: [keep('test-*', 9), after('dev-*', 30)],
      next: [after('dev-*', 30)],
      exposed: [],
    },
    {
      name: 'nothing, if another rule keeps the images',
      before: [keep('prod-*', 9), after('dev-*', 30)],
      next: [keep('*-*', 9), after('dev-*', 30)],
      exposed: [],
    },
    {
      name: 'nothing, if the age in a rule is shorter',
      before: [after('dev-*', 30)],
      next: [after('dev-*', 7)],
      exposed: [],
    },
    {
      name: 'nothing, if images without a rule get one',
      before: [after('test-*', 7)],
      next: [after('test-*', 7), after('dev-*', 7)],
      exposed: [],
    },
    { name: 'nothing, if all rules are removed', before: [keep('prod-*', 9)], next: [], exposed: [] },
  ])('$name', ({ before, next, exposed }) => {
    const found = exposedImages(images, before, next, now);
    expect(found.map(({ image }) => image.digest)).toEqual(exposed);
  });
});
