import { digestOf, type Digest } from '@towpath/reference';
import { describe, expect, test } from '@jest/globals';
import { mediaTypes } from '../registry/manifest.ts';
import type { Image } from '../registry/record.ts';
import { evaluate } from './evaluate.ts';
import { parseLifecyclePolicy, type LifecycleRule, type LifecycleSelection } from './policy.ts';

const day = 24 * 60 * 60 * 1000;
const now = 1_000 * day;

function image(name: string, age: number, tags: string[], extra: Partial<Image> = {}): Image {
  return {
    mediaType: mediaTypes.ociManifest,
    size: 1,
    blobs: [],
    children: [],
    digest: digestOf(name),
    tags,
    pushedAt: now - age * day,
    ...extra,
  };
}

const names = new Map<Digest, string>();

function named(...images: [string, number, string[], Partial<Image>?][]): Image[] {
  return images.map(([name, age, tags, extra]) => {
    names.set(digestOf(name), name);
    return image(name, age, tags, extra);
  });
}

function rule(
  rulePriority: number,
  selection: Partial<LifecycleSelection>,
  action: LifecycleRule['action'] = { type: 'expire' },
): LifecycleRule {
  const whole = { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 1, ...selection } as const;
  return { rulePriority, selection: whole, action };
}

function expired(images: readonly Image[], ...rules: LifecycleRule[]): string[] {
  const policy = parseLifecyclePolicy(JSON.stringify({ rules }));
  return evaluate(policy, images, now).map(
    ({ digest, rulePriority, action }) => `${names.get(digest) ?? ''}: ${action} by ${rulePriority}`,
  );
}

const days = (countNumber: number): Partial<LifecycleSelection> => ({
  countType: 'sinceImagePushed',
  countUnit: 'days',
  countNumber,
});

describe('a lifecycle policy', () => {
  test('keeps the given number of images, the youngest', () => {
    const images = named(['old', 3, ['a']], ['young', 1, ['b']], ['middle', 2, []]);
    expect(expired(images, rule(1, { countNumber: 2 }))).toEqual(['old: expire by 1']);
  });

  test('selects images of the given age, to the millisecond', () => {
    const images = named(['exactly', 14, []], ['younger', 14, [], { pushedAt: now - 14 * day + 1 }]);
    expect(expired(images, rule(1, days(14)))).toEqual(['exactly: expire by 1']);
  });

  test('selects by tag status', () => {
    const images = named(['tagged', 9, ['v1']], ['untagged', 9, []]);
    expect(expired(images, rule(1, { ...days(1), tagStatus: 'untagged' }))).toEqual([
      'untagged: expire by 1',
    ]);
    expect(expired(images, rule(1, { ...days(1), tagStatus: 'tagged', tagPrefixList: ['v'] }))).toEqual([
      'tagged: expire by 1',
    ]);
  });

  test('requires every pattern to match a tag of the image', () => {
    const images = named(['both', 9, ['prod-1', 'alpha']], ['one', 9, ['prod-2']]);
    const selection = { ...days(1), tagStatus: 'tagged' as const, tagPatternList: ['prod-*', 'alp*a'] };
    expect(expired(images, rule(1, selection))).toEqual(['both: expire by 1']);
  });

  test('matches a prefix literally: staging also matches staging-2', () => {
    const images = named(['other', 9, ['staging-2']]);
    const selection = { ...days(1), tagStatus: 'tagged' as const };
    expect(expired(images, rule(1, { ...selection, tagPrefixList: ['staging'] }))).toHaveLength(1);
    expect(expired(images, rule(1, { ...selection, tagPatternList: ['staging'] }))).toEqual([]);
  });

  test('excludes images that match an earlier rule from later rules', () => {
    const images = named(['protected', 90, ['staging']], ['build', 90, ['build-1']], ['new', 1, ['build-2']]);
    const protect = rule(1, { tagStatus: 'tagged', tagPatternList: ['staging'] });
    expect(expired(images, protect, rule(2, days(30)))).toEqual(['build: expire by 2']);
  });

  test('still counts images that an earlier rule expires', () => {
    const images = named(['old', 3, ['v1']], ['middle', 2, ['v2']], ['young', 1, []]);
    const versions = rule(1, { tagStatus: 'tagged', tagPrefixList: ['v'], countNumber: 1 });
    expect(expired(images, versions, rule(2, { countNumber: 3 }))).toEqual(['old: expire by 1']);
  });

  test('evaluates rules by priority, in any order of the document', () => {
    const images = named(['x', 9, ['v1']]);
    const any = rule(7, days(1));
    const tagged = rule(2, { ...days(1), tagStatus: 'tagged', tagPrefixList: ['v'] });
    expect(expired(images, any, tagged)).toEqual(['x: expire by 2']);
  });

  test('keeps images of an index until the index is expired', () => {
    const children = [digestOf('child')];
    const images = named(
      ['child', 90, []],
      ['index', 90, ['v1'], { children, mediaType: mediaTypes.ociIndex }],
    );
    expect(expired(images, rule(1, days(30)))).toEqual(['index: expire by 1']);
    expect(expired(images.slice(0, 1), rule(1, days(30)))).toEqual(['child: expire by 1']);
  });

  test('expires artifacts with their subject, and counts them as images', () => {
    const subject = digestOf('image');
    const images = named(['image', 90, ['v1']], ['sbom', 1, [], { subject }], ['other', 1, []]);
    expect(expired(images, rule(1, days(30)))).toEqual(['image: expire by 1', 'sbom: expire by 1']);
    expect(expired(images, rule(1, { countNumber: 2 }))).toEqual(['image: expire by 1', 'sbom: expire by 1']);
  });

  test('keeps artifacts as long as their subject', () => {
    const images = named(['image', 90, ['v1']], ['sbom', 90, [], { subject: digestOf('image') }]);
    const untagged = rule(1, { ...days(30), tagStatus: 'untagged' });
    expect(expired(images, untagged)).toEqual([]);
    expect(expired(images.slice(1), untagged)).toEqual(['sbom: expire by 1']);
  });

  test('counts days since the last pull, or since the push of an image that was never pulled', () => {
    const images = named(['pulled', 90, [], { pulledAt: now - day }], ['unpulled', 90, []]);
    const archive = { type: 'transition', targetStorageClass: 'archive' } as const;
    expect(expired(images, rule(1, { ...days(30), countType: 'sinceImagePulled' }, archive))).toEqual([
      'unpulled: transition by 1',
    ]);
  });

  test('archives images, and expires archived images after a time', () => {
    const archived = { storage: { class: 'ARCHIVE' as const, at: now - 100 * day } };
    const images = named(['active', 90, []], ['archived', 200, [], archived]);
    const transition = rule(1, days(30), { type: 'transition', targetStorageClass: 'archive' });
    const purge = rule(2, {
      storageClass: 'archive',
      countType: 'sinceImageTransitioned',
      countUnit: 'days',
      countNumber: 90,
    });
    expect(expired(images, transition, purge)).toEqual(['active: transition by 1', 'archived: expire by 2']);
  });
});

describe('a lifecycle policy is rejected', () => {
  const good = {
    rulePriority: 1,
    selection: { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 1 },
    action: { type: 'expire' },
  };
  const select = (selection: object): unknown => ({
    rules: [{ ...good, selection: { ...good.selection, ...selection } }],
  });
  const tagged = { tagStatus: 'tagged' };

  test.each<[string, unknown, string]>([
    ['is not JSON', '{', 'Could not map policyString'],
    ['is a list', [], 'does not match any allowed primitive type'],
    ['has no rules', {}, 'object has missing required properties (["rules"])'],
    ['has an empty list of rules', { rules: [] }, 'array has 0 elements'],
    [
      'has 51 rules',
      { rules: Array.from({ length: 51 }, (_, i) => ({ ...good, rulePriority: i + 1 })) },
      '51 elements',
    ],
    [
      'has a rule without an action',
      { rules: [{ ...good, action: undefined }] },
      'missing required properties (["action"])',
    ],
    [
      'has a rule with an unknown member',
      { rules: [{ ...good, colour: 'red' }] },
      'not allowed by the schema: ["colour"]',
    ],
    [
      'has a priority of 0',
      { rules: [{ ...good, rulePriority: 0 }] },
      'lower than the required minimum (minimum: 1, found: 0)',
    ],
    ['has a priority twice', { rules: [good, good] }, 'rulePriority is unique'],
    [
      'has an unknown action',
      { rules: [{ ...good, action: { type: 'burn' } }] },
      'instance value ("burn") not found in enum',
    ],
    [
      'archives without a storage class',
      { rules: [{ ...good, action: { type: 'transition' } }] },
      'targetStorageClass',
    ],
    [
      'has an unknown count type',
      select({ countType: 'stars' }),
      'instance value ("stars") not found in enum',
    ],
    ['counts images in days', select({ countUnit: 'days' }), 'failed to match exactly one schema'],
    [
      'counts age without a unit',
      select({ countType: 'sinceImagePushed' }),
      'failed to match exactly one schema',
    ],
    ['counts to 0', select({ countNumber: 0 }), 'lower than the required minimum'],
    [
      'selects tags of untagged images',
      select({ tagStatus: 'untagged', tagPrefixList: ['a'] }),
      'others neither',
    ],
    ['selects tagged images without tags', select(tagged), 'either tagPrefixList or tagPatternList'],
    [
      'selects by prefix and by pattern',
      select({ ...tagged, tagPrefixList: ['a'], tagPatternList: ['b'] }),
      'either',
    ],
    [
      'expires images by their last pull',
      select({ countType: 'sinceImagePulled', countUnit: 'days' }),
      'only the action transition',
    ],
    [
      'deletes archived images before 90 days',
      select({
        countType: 'sinceImageTransitioned',
        countUnit: 'days',
        countNumber: 89,
        storageClass: 'archive',
      }),
      'at least 90 days',
    ],
    ['counts archived images', select({ storageClass: 'archive' }), 'belong together'],
    [
      'has the same tags twice',
      {
        rules: [
          { ...good, selection: { ...good.selection, ...tagged, tagPrefixList: ['a'] } },
          { ...good, rulePriority: 2, selection: { ...good.selection, ...tagged, tagPatternList: ['a*'] } },
        ],
      },
      'the same tags',
    ],
    ['is too long', `${JSON.stringify({ rules: [good] })}${' '.repeat(30_720)}`, 'at most 30720 characters'],
    [
      'has a pattern of five wildcards',
      select({ ...tagged, tagPatternList: ['*a*b*c*d*'] }),
      'at most 4 wildcards',
    ],
    [
      'has a rule after the one for any image',
      {
        rules: [good, { ...good, rulePriority: 2, selection: { ...good.selection, tagStatus: 'untagged' } }],
      },
      'highest rulePriority',
    ],
  ])('if it %s', (_, policy, reason) => {
    const text = typeof policy === 'string' ? policy : JSON.stringify(policy);
    expect(() => parseLifecyclePolicy(text)).toThrow(
      expect.objectContaining({
        exception: 'InvalidParameterException',
        message: expect.stringContaining(reason),
      }),
    );
    expect(() => parseLifecyclePolicy(text)).toThrow(
      /^Invalid parameter at 'LifecyclePolicyText' .* 'Lifecycle policy validation failure: /,
    );
  });
});
