import { describe, expect, test } from '@jest/globals';
import { nearest, suggest } from './nearest.ts';

const inputs = ['fail-on', 'only', 'region', 'dry-run', 'version'];

describe('nearest', () => {
  test.each([
    { name: 'a letter too many', typed: 'fail-onn', expected: 'fail-on' },
    { name: 'a letter too few', typed: 'versin', expected: 'version' },
    { name: 'a wrong letter', typed: 'regiom', expected: 'region' },
    { name: 'two neighbours swapped', typed: 'verison', expected: 'version' },
    { name: 'two neighbours swapped in a short name', typed: 'noly', expected: 'only' },
    { name: 'another separator', typed: 'dry_run', expected: 'dry-run' },
    { name: 'capitals', typed: 'DRY-RUN', expected: 'dry-run' },
    { name: 'a wrong letter in a short name', typed: 'onlx', expected: 'only' },
    { name: 'a wrong letter of two', typed: 'pq', valid: ['pr'], expected: 'pr' },
  ])('$name still means the valid name', ({ typed, valid = inputs, expected }) => {
    expect(nearest(typed, valid)).toBe(expected);
  });

  test.each([
    { name: 'half of a short name', typed: 'onxx', valid: inputs },
    { name: 'another word', typed: 'platforms', valid: inputs },
    { name: 'nothing', typed: '', valid: inputs },
    { name: 'another single letter', typed: 'x', valid: ['a', 'b'] },
    { name: 'any name where none is valid', typed: 'region', valid: [] },
  ])('$name is near no valid name', ({ typed, valid }) => {
    expect(nearest(typed, valid)).toBeUndefined();
  });

  test('the valid name is given as it is written, whatever the case of the typo', () => {
    expect(nearest('urlpath', ['URLPath', 'imageName'])).toBe('URLPath');
  });
});

describe('suggest', () => {
  test.each([
    { name: 'the nearest name', typed: 'fail-onn', valid: inputs, expected: 'Did you mean fail-on?' },
    {
      name: 'all names where none is near',
      typed: 'platforms',
      valid: ['only', 'region'],
      expected: 'Valid: only, region.',
    },
    { name: 'that nothing fits where nothing does', typed: 'x', valid: [], expected: 'None is valid here.' },
  ])('says $name', ({ typed, valid, expected }) => {
    expect(suggest(typed, valid)).toBe(expected);
  });
});
