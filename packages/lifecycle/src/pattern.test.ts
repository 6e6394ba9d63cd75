import { describe, expect, test } from '@jest/globals';
import { coversPattern, matchesPattern, overlaps } from './pattern.ts';

test.each<[string, string, boolean]>([
  ['staging', 'staging', true],
  ['staging', 'staging-2', false],
  ['build-*', 'build-', true],
  ['build-*', 'rebuild-1', false],
  ['*.*.*', '1.2.3', true],
  ['*.*.*', '1.2', false],
  ['a*a', 'a', false],
  ['*', '', true],
])('the pattern %s and the tag %s match: %s', (pattern, tag, expected) => {
  expect(matchesPattern(pattern, tag)).toBe(expected);
});

test('a pattern of many wildcards is compared in linear time', () => {
  expect(matchesPattern(`${'a*'.repeat(64)}b`, 'a'.repeat(128))).toBe(false);
  expect(overlaps(`${'a*'.repeat(64)}b`, `${'a*'.repeat(64)}c`)).toBe(false);
});

describe('two patterns', () => {
  test.each<[string, string, boolean]>([
    ['prod-*', 'prod-1.0', true],
    ['prod-*', 'dev-*', false],
    ['*-1', 'prod-*', true],
    ['*', 'anything', true],
    ['staging', 'stag*', true],
    ['staging', 'stag', false],
    ['a*b*c', 'abc', true],
    ['a*b', 'b*a', false],
    ['*x', 'x*', true],
    ['', '*', true],
    ['**', '*', true],
  ])('%s and %s can match the same tag: %s', (one, other, expected) => {
    expect(overlaps(one, other)).toBe(expected);
    expect(overlaps(other, one)).toBe(expected);
  });

  test.each<[string, string, boolean]>([
    ['*', 'prod-*', true],
    ['*.*', '*.*.*', true],
    ['*.*.*', '*.*', false],
    ['prod-*', 'prod-1', true],
    ['prod-1', 'prod-*', false],
  ])('%s covers %s: %s', (outer, inner, expected) => {
    expect(coversPattern(outer, inner)).toBe(expected);
  });
});
