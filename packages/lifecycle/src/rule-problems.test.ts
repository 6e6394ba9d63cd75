import { expect, test } from '@jest/globals';
import { parseLifecyclePolicy } from '@towpath/ecr-emulator';
import { ruleProblems } from './rule-problems.ts';
import { policyText, type LifecycleRule } from './rule.ts';

const selection = { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 1 } as const;
const rule = (
  change: Partial<LifecycleRule['selection']>,
  action: LifecycleRule['action'] = { type: 'expire' },
): LifecycleRule => ({
  selection: { ...selection, ...change },
  action,
});
const archive = { type: 'transition', targetStorageClass: 'archive' } as const;
const days = { countUnit: 'days', countNumber: 90 } as const;

test.each<{ name: string; rules: LifecycleRule[]; expected: RegExp }>([
  { name: 'no rules', rules: [], expected: /must have a rule/ },
  { name: 'days of a count', rules: [rule({ countUnit: 'days' })], expected: /cannot have a countUnit/ },
  {
    name: 'an age without days',
    rules: [rule({ countType: 'sinceImagePushed' })],
    expected: /needs countUnit: days/,
  },
  {
    name: 'tags of untagged images',
    rules: [rule({ tagStatus: 'untagged', tagPatternList: ['a'] })],
    expected: /cannot select tags/,
  },
  { name: 'tagged images without tags', rules: [rule({ tagStatus: 'tagged' })], expected: /needs either/ },
  {
    name: 'five wildcards',
    rules: [rule({ tagStatus: 'tagged', tagPatternList: ['*a*b*c*d*'] })],
    expected: /more than 4 wildcards/,
  },
  {
    name: 'an expiry by pull',
    rules: [rule({ countType: 'sinceImagePulled', ...days })],
    expected: /can only archive/,
  },
  {
    name: 'an archive without its class',
    rules: [rule({ countType: 'sinceImagePushed', ...days }, { type: 'transition' })],
    expected: /needs targetStorageClass/,
  },
  {
    name: 'a class for an expiry',
    rules: [rule({}, { type: 'expire', targetStorageClass: 'archive' })],
    expected: /cannot have a targetStorageClass/,
  },
  {
    name: 'a transition of archived images',
    rules: [rule({ countType: 'sinceImageTransitioned', storageClass: 'archive', ...days }, archive)],
    expected: /must expire images/,
  },
  {
    name: 'archived images by count',
    rules: [rule({ storageClass: 'archive' })],
    expected: /only by sinceImageTransitioned/,
  },
  {
    name: 'archived images too early',
    rules: [
      rule({
        countType: 'sinceImageTransitioned',
        storageClass: 'archive',
        countUnit: 'days',
        countNumber: 89,
      }),
    ],
    expected: /at least 90 days/,
  },
  {
    name: 'two rules for any image',
    rules: [rule({}), rule({})],
    expected: /second rule with tagStatus: any/,
  },
  {
    name: 'a rule for any image that is not the last',
    rules: [rule({}), rule({ tagStatus: 'untagged' })],
    expected: /must be the last/,
  },
  {
    name: '51 rules',
    rules: Array.from({ length: 51 }, (_, i) => rule({ tagStatus: 'tagged', tagPatternList: [`a${i}`] })),
    expected: /has 51 rules/,
  },
  {
    name: 'too long a text',
    rules: Array.from({ length: 50 }, (_, i) => ({
      ...rule({
        tagStatus: 'tagged',
        match: 'all',
        tagPatternList: Array.from({ length: 9 }, (__, j) => `${i}-${j}-${'x'.repeat(80)}`),
      }),
    })),
    expected: /characters as JSON/,
  },
])('$name is a problem, and ECR rejects the rules, too', ({ rules, expected }) => {
  expect(ruleProblems(rules).map(({ message }) => message)).toEqual(
    expect.arrayContaining([expect.stringMatching(expected)]),
  );
  expect(() => parseLifecyclePolicy(policyText(rules))).toThrow();
});
