import { describe, expect, test } from '@jest/globals';
import { parseLifecyclePolicy } from '@towpath/ecr-emulator';
import { nothingProtected, preset, team } from './harness/presets.ts';
import { lifecycleRules, type LifecyclePreset, type Protection } from './preset.ts';
import { policyText } from './rule.ts';

/** Returns each rule as a line. */
function lines(written: Partial<LifecyclePreset>, protection: Protection = team): string[] {
  return lifecycleRules(preset(written), protection).rules.map(({ selection, action }) => {
    const { tagStatus, tagPatternList = [tagStatus], countType, countNumber, storageClass = '' } = selection;
    return [storageClass, ...tagPatternList, countType, countNumber, action.type].join(' ').trim();
  });
}

function problems(written: Partial<LifecyclePreset>, protection: Protection = team): string[] {
  return lifecycleRules(preset(written), protection).problems.map(
    ({ path, message }) => `${path.join('.')}: ${message}`,
  );
}

test('the rules that keep images come before those that expire images', () => {
  const expire = { gitsha_: { days: 7 }, 'pr-*': { keep: 3 }, untagged: { days: 1 } };
  const written = { keep: 10, expire, environments: { dev: 20 } };
  expect(lines(written)).toEqual([
    'dev imageCountMoreThan 1 expire',
    'test imageCountMoreThan 1 expire',
    'test-* imageCountMoreThan 100000 expire',
    'prod-* imageCountMoreThan 100000 expire',
    'dev-* imageCountMoreThan 20 expire',
    'build-* imageCountMoreThan 10 expire',
    'gitsha_* sinceImagePushed 7 expire',
    'pr-* imageCountMoreThan 3 expire',
    'untagged sinceImagePushed 1 expire',
  ]);
  const { rules } = lifecycleRules(preset(written), team);
  expect(() => parseLifecyclePolicy(policyText(rules))).not.toThrow();
  expect(rules.every(({ selection: { tagPatternList = [] } }) => tagPatternList.length <= 1)).toBe(true);
});

test('published images are protected from other rules, also if keep is not set', () => {
  expect(lines({ expire: { gitsha_: { days: 7 } } }, nothingProtected)).toEqual([
    'build-* imageCountMoreThan 100000 expire',
    'gitsha_* sinceImagePushed 7 expire',
  ]);
});

test('all images of an environment are kept if none of its images are counted, whatever its name is', () => {
  const named = { name: 'constructor', from: ['build'], moving: [], patterns: ['constructor-*'] };
  expect(lines({ expire: {} }, { ...nothingProtected, environments: [named] })).toContain(
    'constructor-* imageCountMoreThan 100000 expire',
  );
});

test('keep has no effect in a repository that publish does not push to', () => {
  const prod = { ...team, versions: undefined };
  expect(lines({ keep: 10, expire: {} }, prod)).not.toContainEqual(expect.stringContaining('build-'));
  expect(problems({ keep: 10 }, prod)).toEqual([]);
});

test('images can be archived before they are deleted', () => {
  const {
    rules,
    notes,
    problems: found,
  } = lifecycleRules(preset({ archive: { after: 60, delete: 90 } }), nothingProtected);
  expect(found).toEqual([]);
  expect(lines({ archive: { after: 60, delete: 90 } }, nothingProtected)).toEqual([
    'build-* imageCountMoreThan 100000 expire',
    'any sinceImagePulled 60 transition',
    'archive any sinceImageTransitioned 90 expire',
  ]);
  expect(() => parseLifecyclePolicy(policyText(rules))).not.toThrow();
  expect(notes.join()).toContain('at least 90 days');
});

test('a pattern of two environments makes one rule, the one that protects more', () => {
  const [dev, test_] = team.environments;
  const shared = {
    ...team,
    environments: [dev, test_].flatMap((one) => (one ? [{ ...one, patterns: ['env-*'] }] : [])),
  };
  expect(lines({ environments: { dev: 5 } }, shared).filter((line) => line.startsWith('env-*'))).toEqual([
    'env-* imageCountMoreThan 100000 expire',
  ]);
});

describe('a contradiction is found before it does harm:', () => {
  test.each<{ name: string; written: Partial<LifecyclePreset>; protection?: Protection; expected: RegExp }>([
    {
      name: 'an expiry of an environment’s tags',
      written: { expire: { 'prod-': { days: 7 } } },
      expected: /^expire\.prod-: would expire prod-\*, a tag of prod, which is protected/,
    },
    {
      name: 'an expiry of some of an environment’s tags',
      written: { expire: { 'prod-1': { days: 7 } } },
      expected: /^expire\.prod-1: would expire prod-\*/,
    },
    {
      name: 'an expiry of every tag',
      written: { expire: { '*': { days: 7 } } },
      expected: /^expire\.\*: would expire dev, a tag that moves/,
    },
    {
      name: 'an expiry of a tag that moves',
      written: { expire: { lat: { days: 7 } } },
      protection: { ...nothingProtected, moving: ['latest'] },
      expected: /^expire\.lat: would expire latest, a tag that moves/,
    },
    {
      name: 'an expiry of published versions',
      written: { expire: { 'build-': { days: 7 } } },
      expected: /^expire\.build-: would expire build-\*, the tag of a version/,
    },
    {
      name: 'an expiry of images that reuse needs',
      written: { expire: { 'fp-': { days: 7 } } },
      protection: { ...nothingProtected, reuseDays: 14 },
      expected: /^expire\.fp-: would expire images that reuse needs for 14 days\. Write 14d/,
    },
    {
      name: 'a number of images to reuse, whatever their age',
      written: { expire: { 'fp-': { keep: 100 } } },
      protection: { ...nothingProtected, reuseDays: 14 },
      expected: /^expire\.fp-: would expire images that reuse needs/,
    },
    {
      name: 'keep without a tag of the version',
      written: { keep: 10 },
      protection: { ...nothingProtected, versions: [] },
      expected: /^keep: counts images by the tag of their version, but publish sets no tag/,
    },
    {
      name: 'images of pull requests that would crowd out releases',
      written: { keep: 10, expire: { gitpr_: { days: 7 } } },
      protection: { ...nothingProtected, versions: ['*'] },
      expected: /^keep: counts images tagged gitpr_\* too/,
    },
    {
      name: 'an environment whose running image no tag shows',
      written: { environments: { prod: 10 } },
      expected: /^environments\.prod: could expire the image that prod runs/,
    },
    {
      name: 'an environment that keeps fewer images than publish',
      written: { keep: 10, environments: { dev: 5 } },
      expected: /^environments\.dev: is 5, but keep is 10/,
    },
    {
      name: 'an environment that keeps fewer images than the one before',
      written: { keep: 10, environments: { dev: 20, test: 10 } },
      expected: /^environments\.test: is 10, but dev is 20/,
    },
    {
      name: 'an environment that would expire published images',
      written: { environments: { dev: 20 } },
      expected: /^environments\.dev: would expire published images.*Write keep: 20 or less/,
    },
    {
      name: 'an archive that is deleted too early',
      written: { archive: { after: 30, delete: 60 } },
      expected: /^archive\.delete: must be 90d or more/,
    },
    {
      name: 'an expiry that can never fire',
      written: { keep: 10 },
      protection: { ...nothingProtected, moving: ['*.*'], versions: ['*.*.*'] },
      expected: /^: cannot expire any image tagged \*\.\*\.\*, because all of them are protected as \*\.\*/,
    },
    {
      name: 'more rules than ECR allows',
      written: { expire: Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`a${i}_`, { days: 7 }])) },
      expected: /^: makes 5\d rules: ECR allows 50/,
    },
  ])('$name', ({ written, protection, expected }) => {
    expect(problems(written, protection)).toEqual(expect.arrayContaining([expect.stringMatching(expected)]));
  });

  test('a good preset has none', () => {
    const expire = {
      gitsha_: { days: 7 },
      gitbranch_: { days: 7 },
      gitpr_: { days: 7 },
      untagged: { days: 1 },
    };
    expect(problems({ keep: 10, expire, environments: { dev: 20, test: 20 } })).toEqual([]);
  });
});

test('protections that rules cannot express are said', () => {
  const { notes } = lifecycleRules(preset({ keep: 10, environments: { dev: 20 } }), {
    ...team,
    reuseDays: 14,
  });
  expect(notes).toEqual([
    expect.stringContaining('Images that were promoted to test, prod do not expire'),
    expect.stringContaining('dev keeps the image that its moving tag names, and the 20'),
    expect.stringContaining('within the 14 days of reuse'),
  ]);
});
