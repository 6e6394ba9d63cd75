import { expect, test } from '@jest/globals';
import { History } from './harness/history.ts';
import { nothingProtected, preset, team } from './harness/presets.ts';
import { lifecycleRules, type LifecyclePreset, type Protection } from './preset.ts';
import { ruleProblems } from './rule-problems.ts';
import { policyText, samePolicy, type LifecycleRule } from './rule.ts';
import { unusedRules } from './unused-rules.ts';

/** Lifecycle policies that lost images for other teams. */

function rulesOf(written: Partial<LifecyclePreset>, protection: Protection): readonly LifecycleRule[] {
  return lifecycleRules(preset(written), protection).rules;
}

test('an image that an environment runs never expires, however old it is', () => {
  const history = new History();
  const rules = rulesOf({ keep: 3, expire: { gitsha_: { days: 7 } } }, team);
  history.push('running', ['build-1', 'gitsha_1']);
  history.tag('running', 'prod-1');
  for (let version = 2; version < 60; version += 1) {
    history.push(`v${version}`, [`build-${version}`, `gitsha_${version}`]);
    history.pass(7, rules);
  }
  expect(history.has('running')).toBe(true);
  expect(history.expired).toHaveLength(55);
});

test('images of pull requests do not crowd out releases', () => {
  const history = new History();
  const rules = rulesOf({ keep: 2, expire: { gitpr_: { days: 7 } } }, team);
  history.push('release', ['build-1']);
  for (let pr = 0; pr < 100; pr += 1) history.push(`pr${pr}`, [`gitpr_${pr}`]);
  history.pass(30, rules);
  expect(history.has('release')).toBe(true);
  expect(history.expired).toHaveLength(100);
});

test('attestations do not crowd out releases, and expire with their image', () => {
  const history = new History();
  const rules = rulesOf({ keep: 2, expire: { untagged: { days: 1 } } }, nothingProtected);
  for (let version = 0; version < 3; version += 1) {
    history.push(`v${version}`, [`build-${version}`]);
    for (let kind = 0; kind < 5; kind += 1) history.push(`v${version}-${kind}`, [], `v${version}`);
    history.pass(2, rules);
  }
  expect(history.expired.toSorted()).toEqual(['v0', 'v0-0', 'v0-1', 'v0-2', 'v0-3', 'v0-4']);
});

test('two patterns in one list are an error, because they select only images that match both', () => {
  const rule = (match?: 'all'): LifecycleRule => ({
    selection: {
      tagStatus: 'tagged',
      tagPatternList: ['prod', 'staging'],
      ...(match && { match }),
      countType: 'imageCountMoreThan',
      countNumber: 1,
    },
    action: { type: 'expire' },
  });
  expect(ruleProblems([rule()])).toEqual([
    { index: 0, message: expect.stringContaining('match every entry of [prod, staging]') },
  ]);
  expect(ruleProblems([rule('all')])).toEqual([]);
});

test('a rule whose prefix no image has is found', () => {
  const rules = rulesOf({ expire: { gitsha_: { days: 7 }, untagged: { days: 1 } } }, nothingProtected);
  expect(unusedRules(rules, [['build-1'], []])).toEqual([1]);
  expect(unusedRules(rules, [['build-1', 'gitsha_1']])).toEqual([]);
});

test('an old image that was promoted again does not expire', () => {
  const history = new History();
  const rules = rulesOf({ keep: 3 }, team);
  for (let version = 1; version <= 20; version += 1) {
    history.push(`v${version}`, [`build-${version}`]);
    if (version <= 15) history.tag(`v${version}`, `prod-${version}`);
    history.pass(1, []);
  }
  history.pass(100, rules);
  expect(history.has('v1')).toBe(true);
  expect(history.expired).toEqual(['v16', 'v17']);
});

test('images expire by their last pull only if they are archived first', () => {
  const selection = {
    tagStatus: 'any',
    countType: 'sinceImagePulled',
    countUnit: 'days',
    countNumber: 30,
  } as const;
  const archive = { type: 'transition', targetStorageClass: 'archive' } as const;
  expect(ruleProblems([{ selection, action: { type: 'expire' } }]).map(({ message }) => message)).toEqual([
    expect.stringContaining('can only archive'),
  ]);
  expect(ruleProblems([{ selection, action: archive }])).toEqual([]);
});

test('a policy has no members that ECR refuses: no nulls, and no class for active images', () => {
  const selection = {
    tagStatus: 'untagged',
    countType: 'imageCountMoreThan',
    countNumber: 1,
    storageClass: 'standard',
  } as const;
  const text = policyText([
    { selection, action: { type: 'expire' } },
    { selection: { ...selection, tagStatus: 'any' }, action: { type: 'expire' } },
  ]);
  expect(text).not.toMatch(/null|standard/);
  expect(JSON.parse(text)).toMatchObject({ rules: [{ rulePriority: 1 }, { rulePriority: 2 }] });
});

test('a policy that is only written differently is the same policy', () => {
  const one = {
    rules: [
      {
        rulePriority: 1,
        selection: {
          tagStatus: 'tagged',
          tagPrefixList: ['a'],
          countType: 'imageCountMoreThan',
          countNumber: 1,
        },
        action: { type: 'expire' },
      },
    ],
  };
  const other = `{ "rules": [ {"action":{"type":"expire"}, "description": "x", "selection": {"countNumber":1,"countType":"imageCountMoreThan","storageClass":"standard","tagPatternList":["a*"],"tagPrefixList":null,"tagStatus":"tagged"},"rulePriority":9}]}`;
  expect(samePolicy(JSON.stringify(one), other)).toBe(true);
  expect(samePolicy(JSON.stringify(one), other.replace('"a*"', '"a"'))).toBe(false);
  expect(samePolicy(JSON.stringify(one), '{')).toBe(false);
});
