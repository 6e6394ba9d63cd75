import { describe, expect, test } from '@jest/globals';
import { decisions, type AgedImage } from './forecast.ts';
import { readPolicy } from './rule.ts';

const day = 86_400_000;
const now = Date.UTC(2026, 0, 31);

/** Three images, pushed 1, 5 and 20 days ago. */
const images: readonly AgedImage[] = [
  { digest: 'a', tags: ['dev-3'], pushedAt: new Date(now - day) },
  { digest: 'b', tags: ['dev-2', 'prod-2'], pushedAt: new Date(now - 5 * day) },
  { digest: 'c', tags: ['dev-1'], pushedAt: new Date(now - 20 * day), pulledAt: new Date(now - 2 * day) },
];

function rules(...selections: readonly object[]): NonNullable<ReturnType<typeof readPolicy>> {
  const written = selections.map((selection, index) => ({
    rulePriority: index + 1,
    selection,
    action: { type: 'expire' },
  }));
  const read = readPolicy(JSON.stringify({ rules: written }));
  if (read === undefined) throw new Error('the policy is valid');
  return read;
}

const count = (countNumber: number) => ({ countType: 'imageCountMoreThan', countNumber });
const pushed = (countNumber: number) => ({ countType: 'sinceImagePushed', countUnit: 'days', countNumber });

describe('a lifecycle policy', () => {
  test.each([
    {
      name: 'keeps the newest images',
      selections: [{ tagStatus: 'any', ...count(2) }],
      expected: [undefined, undefined, 0],
    },
    { name: 'expires by age', selections: [{ tagStatus: 'any', ...pushed(10) }], expected: [9, 5, -10] },
    {
      name: 'spares an image that an earlier rule matches',
      selections: [
        { tagStatus: 'tagged', tagPatternList: ['prod-*'], ...count(1) },
        { tagStatus: 'any', ...pushed(1) },
      ],
      expected: [0, undefined, -19],
    },
    {
      name: 'needs every pattern of a list',
      selections: [{ tagStatus: 'tagged', tagPatternList: ['dev-*', 'prod-*'], ...pushed(5) }],
      expected: [undefined, 0, undefined],
    },
    {
      name: 'counts from the last pull',
      selections: [
        {
          tagStatus: 'tagged',
          tagPrefixList: ['dev-'],
          countType: 'sinceImagePulled',
          countUnit: 'days',
          countNumber: 3,
        },
      ],
      expected: [2, -2, 1],
    },
    {
      name: 'leaves tagged images to other rules',
      selections: [{ tagStatus: 'untagged', ...pushed(1) }],
      expected: [undefined, undefined, undefined],
    },
  ])('$name', ({ selections, expected }) => {
    const decided = decisions(images, rules(...selections), now);
    const days = images.map(({ digest }) => decided.get(digest)?.forecast?.at);
    expect(days.map((at) => at && (at - now) / day)).toEqual(expected);
  });

  test('keeps images that were pushed at the same time together', () => {
    const twins = [...images, { digest: 'd', tags: ['dev-4'], pushedAt: new Date(now - day) }];
    const decided = decisions(twins, rules({ tagStatus: 'any', ...count(1) }), now);
    const going = twins.filter(({ digest }) => decided.get(digest)?.forecast !== undefined);
    expect(going.map(({ digest }) => digest)).toEqual(['b', 'c']);
  });

  test('decides about no image that does not exist', () => {
    expect(decisions(images, rules({ tagStatus: 'any', ...pushed(1) }), now).get('x')).toBeUndefined();
  });
});
