import { describe, expect, test } from '@jest/globals';
import { nearest, suggest } from './nearest.ts';

const inputs = ['fail-on', 'only', 'region', 'dry-run', 'version'];

describe('nearest', () => {
  test.each([
    { name: 'an extra letter', typed: 'fail-onn', expected: 'fail-on' },
    { name: 'a missing letter', typed: 'versin', expected: 'version' },
    { name: 'a wrong letter', typed: 'regiom', expected: 'region' },
    { name: 'two swapped letters', typed: 'verison', expected: 'version' },
    { name: 'two swapped letters in a short name', typed: 'noly', expected: 'only' },
    { name: 'another separator', typed: 'dry_run', expected: 'dry-run' },
    { name: 'capitals', typed: 'DRY-RUN', expected: 'dry-run' },
    { name: 'a wrong letter in a short name', typed: 'onlx', expected: 'only' },
    { name: 'a wrong letter in a name of two letters', typed: 'pq', valid: ['pr'], expected: 'pr' },
  ])('finds the valid name despite $name', ({ typed, valid = inputs, expected }) => {
    expect(nearest(typed, valid)).toBe(expected);
  });

  test.each([
    { name: 'half of a short name is wrong', typed: 'onxx', valid: inputs },
    { name: 'the name is a different word', typed: 'platforms', valid: inputs },
    { name: 'the name is empty', typed: '', valid: inputs },
    { name: 'the names are different single letters', typed: 'x', valid: ['a', 'b'] },
    { name: 'no name is valid', typed: 'region', valid: [] },
  ])('returns undefined if $name', ({ typed, valid }) => {
    expect(nearest(typed, valid)).toBeUndefined();
  });

  test('ignores case and returns the valid name in its own case', () => {
    expect(nearest('urlpath', ['URLPath', 'imageName'])).toBe('URLPath');
  });
});

describe('suggest', () => {
  test.each([
    {
      name: 'suggests the nearest name',
      typed: 'fail-onn',
      valid: inputs,
      expected: 'Did you mean fail-on?',
    },
    {
      name: 'lists all names if none is similar',
      typed: 'platforms',
      valid: ['only', 'region'],
      expected: 'Valid: only, region.',
    },
    { name: 'says so if no name is valid', typed: 'x', valid: [], expected: 'No name is valid here.' },
  ])('$name', ({ typed, valid, expected }) => {
    expect(suggest(typed, valid)).toBe(expected);
  });
});
