import { describe, expect, test } from '@jest/globals';
import { problemsOf, read } from './harness/towpath-yaml.ts';
import {
  carefulSettings,
  creationSettings,
  plainRepositories,
  writtenSettings,
  type RepositoriesConfig,
} from './repository-settings.ts';

const withSettings = (text: string): string => `images: { web: {} }\nrepositories: ${text}\n`;

function settings(text: string): RepositoriesConfig {
  return read(withSettings(text)).repositories;
}

describe('the settings of new repositories', () => {
  test('are immutable tags and scans by default', () => {
    expect(settings('{}')).toEqual(plainRepositories);
    expect(creationSettings({})).toEqual(carefulSettings);
  });

  test.each([
    { encryption: 'AES256', expected: { type: 'AES256' } },
    { encryption: 'KMS', expected: { type: 'KMS' } },
    { encryption: 'KMS_DSSE', expected: { type: 'KMS_DSSE' } },
    { encryption: 'alias/images', expected: { type: 'KMS', key: 'alias/images' } },
    {
      encryption: 'arn:aws:kms:us-east-1:111122223333:key/1',
      expected: { type: 'KMS', key: 'arn:aws:kms:us-east-1:111122223333:key/1' },
    },
    { encryption: '{ type: KMS_DSSE, key: alias/a }', expected: { type: 'KMS_DSSE', key: 'alias/a' } },
  ])('accept $encryption', ({ encryption, expected }) => {
    expect(settings(`{ encryption: ${encryption} }`).common).toEqual({ encryption: expected });
  });

  test('accept patterns of exempt tags', () => {
    const { common } = settings('{ immutability: immutable, except: [latest, pr-*] }');
    expect(creationSettings(common).immutability).toEqual({ mode: 'immutable', except: ['latest', 'pr-*'] });
  });

  test('of an image replace the common ones, and those of an environment replace both', () => {
    const all: RepositoriesConfig = {
      ...plainRepositories,
      common: { scanOnPush: true, except: ['a'], tags: { team: 'x', tier: 'low' } },
      images: { web: { scanOnPush: false, tags: { tier: 'high' } } },
      environments: { prod: { except: [] } },
    };
    expect(writtenSettings(all, 'web', 'prod')).toEqual({
      scanOnPush: false,
      except: [],
      tags: { team: 'x', tier: 'high' },
    });
    expect(writtenSettings(all, 'other')).toEqual(all.common);
  });
});

test('settings that are not written are not managed', () => {
  expect(settings('{ scan-on-push: false }').common).toEqual({ scanOnPush: false });
  expect(settings('{ readers: {}, lifecycle: none }').common).toEqual({
    readers: { accounts: [], roles: [], lambda: [] },
    lifecycle: { kind: 'none' },
  });
});

test('a lifecycle preset counts whole days and images', () => {
  const text =
    '{ lifecycle: { keep: 10, expire: { gitsha_: 1w, untagged: keep 5 }, archive: { after: 60d } } }';
  expect(settings(text).common.lifecycle).toEqual({
    kind: 'preset',
    keep: 10,
    expire: { gitsha_: { days: 7 }, untagged: { keep: 5 } },
    environments: {},
    archive: { after: 60, delete: undefined },
  });
});

const rule =
  '{ selection: { tagStatus: any, countType: imageCountMoreThan, countNumber: 9 }, action: { type: expire } }';
const list = (tags: string) => rule.replace('tagStatus: any', `tagStatus: tagged, tagPatternList: ${tags}`);

describe('a mistake is reported with its line:', () => {
  test.each<{ text: string; expected: string }>([
    {
      text: '{ immutability: never }',
      expected: '2:17 repositories.immutability is "never". Valid: immutable, mutable.',
    },
    {
      text: '{ except: [a, b, c, d, e, f] }',
      expected: '2:17 repositories.except may have at most 5 patterns.',
    },
    { text: "{ except: ['*a*b*'] }", expected: '2:26 repositories.except[0] may have at most two *.' },
    { text: '{ except: [no space] }', expected: '2:26 repositories.except[0] must be a tag' },
    { text: '{ encryption: ROT13 }', expected: '2:17 repositories.encryption must be AES256, KMS' },
    { text: '{ scan-on-push: yes }', expected: '2:17 repositories.scan-on-push must be true or false' },
    { text: '{ lifecycle: { expire: { a: 12h } } }', expected: 'must be whole days such as 7d' },
    { text: '{ lifecycle: { expire: { a: 0d } } }', expected: 'must be whole days such as 7d' },
    { text: '{ lifecycle: { expire: { a: keep } } }', expected: 'must be whole days such as 7d' },
    { text: '{ lifecycle: { keep: 0 } }', expected: 'repositories.lifecycle.keep' },
    { text: '{ lifecycle: {} }', expected: 'needs keep, expire, environments, archive or rules' },
    { text: '{ lifecycle: { kep: 1 } }', expected: 'has no key "kep". Did you mean keep?' },
    { text: `{ lifecycle: { keep: 1, rules: [${rule}] } }`, expected: 'keep cannot be combined with rules' },
    {
      text: `{ lifecycle: { rules: [${list('[prod, staging]')}] } }`,
      expected: 'match every entry of [prod, staging]',
    },
    {
      text: `{ lifecycle: { rules: [${rule.replace('imageCountMoreThan', 'sinceImagePulled, countUnit: days')}] } }`,
      expected: 'can only archive',
    },
    { text: '{ lifecycle: { rules: [] } }', expected: 'repositories.lifecycle.rules must have a rule' },
    {
      text: '{ readers: { accounts: [444455556666] } }',
      expected: 'must be the 12 digits of an AWS account in quotes',
    },
    { text: "{ readers: { accounts: ['12'] } }", expected: 'must be the 12 digits of an AWS account' },
    { text: '{ readers: { organization: r-1 } }', expected: 'must be the id of an AWS organization' },
    { text: '{ readers: { roles: [ecs] } }', expected: 'must be the ARN of an IAM role' },
    { text: '{ readers: { lambda: [f] } }', expected: 'repositories.readers.lambda[0]' },
    { text: '{ tags: { "aws:x": y } }', expected: 'does not start with aws:' },
    { text: '{ remove: [Payroll] }', expected: 'must be the full name of an ECR repository' },
    {
      text: '{ images: { web: { scan-on-pus: true } } }',
      expected: 'has no key "scan-on-pus". Did you mean scan-on-push?',
    },
  ])('$text', ({ text, expected }) => {
    expect(problemsOf(withSettings(text))).toEqual([expect.stringContaining(expected)]);
  });
});
