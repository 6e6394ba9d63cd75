import { describe, expect, test } from '@jest/globals';
import { carefulSettings, repositorySettingsSchema } from './repository-settings.ts';

describe('the settings of new repositories', () => {
  test('are immutable tags and scans by default', () => {
    expect(repositorySettingsSchema.parse({})).toEqual(carefulSettings);
  });

  test.each([
    { encryption: 'AES256', expected: { type: 'AES256' } },
    { encryption: 'KMS', expected: { type: 'KMS' } },
    { encryption: 'alias/images', expected: { type: 'KMS', key: 'alias/images' } },
    {
      encryption: 'arn:aws:kms:us-east-1:111122223333:key/1',
      expected: { type: 'KMS', key: 'arn:aws:kms:us-east-1:111122223333:key/1' },
    },
  ])('accept $encryption', ({ encryption, expected }) => {
    expect(repositorySettingsSchema.parse({ encryption }).encryption).toEqual(expected);
  });

  test('accept patterns of exempt tags', () => {
    expect(
      repositorySettingsSchema.parse({ immutability: 'immutable', except: ['latest', 'pr-*'] }).immutability,
    ).toEqual({ mode: 'immutable', except: ['latest', 'pr-*'] });
  });

  test.each([
    { immutability: 'never' },
    { except: ['a', 'b', 'c', 'd', 'e', 'f'] },
    { except: ['no space'] },
    { encryption: 'ROT13' },
    { 'scan-on-push': 'yes' },
  ])('reject %j', (written) => {
    expect(repositorySettingsSchema.safeParse(written).success).toBe(false);
  });
});
