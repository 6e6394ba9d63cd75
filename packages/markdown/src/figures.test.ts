import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formatBytes, formatCount, formatDuration } from './figures.ts';

const ki = 1024;

describe('formatBytes', () => {
  test.each([
    { bytes: 0, expected: '0 B' },
    { bytes: 1023, expected: '1023 B' },
    { bytes: ki, expected: '1.00 KiB' },
    { bytes: 1.5 * ki, expected: '1.50 KiB' },
    { bytes: 12.34 * ki ** 2, expected: '12.3 MiB' },
    { bytes: 123.4 * ki ** 2, expected: '123 MiB' },
    { bytes: 9.999 * ki, expected: '10.0 KiB' },
    { bytes: 99.99 * ki, expected: '100 KiB' },
    { bytes: ki ** 2 - 1, expected: '1.00 MiB' },
    { bytes: 10 * ki ** 3, expected: '10.0 GiB' },
    { bytes: 2 * ki ** 4, expected: '2.00 TiB' },
    { bytes: 5000 * ki ** 4, expected: '5000 TiB' },
  ])('formats $bytes bytes as $expected', ({ bytes, expected }) => {
    expect(formatBytes(bytes)).toBe(expected);
  });

  test('uses three significant digits from 1 KiB on, and four only up to 1023', () => {
    fc.assert(
      fc.property(fc.integer({ min: ki, max: ki ** 4 }), (bytes) => {
        expect(formatBytes(bytes)).toMatch(/^(\d\.\d\d|\d\d\.\d|\d{3}|10[012]\d) [KMGT]iB$/);
      }),
    );
  });
});

describe('formatDuration', () => {
  test.each([
    { milliseconds: 0, expected: '0 ms' },
    { milliseconds: 84.6, expected: '85 ms' },
    { milliseconds: 999.4, expected: '999 ms' },
    { milliseconds: 999.5, expected: '1.0 s' },
    { milliseconds: 4200, expected: '4.2 s' },
    { milliseconds: 59_949, expected: '59.9 s' },
    { milliseconds: 59_950, expected: '1 min 0 s' },
    { milliseconds: 187_000, expected: '3 min 7 s' },
    { milliseconds: 3_599_400, expected: '59 min 59 s' },
    { milliseconds: 3_599_500, expected: '1 h 0 min' },
    { milliseconds: 3_900_000, expected: '1 h 5 min' },
  ])('formats $milliseconds ms as $expected', ({ milliseconds, expected }) => {
    expect(formatDuration(milliseconds)).toBe(expected);
  });
});

test.each([
  { count: 0, expected: '0 images' },
  { count: 1, expected: '1 image' },
  { count: 2, expected: '2 images' },
])('formats the count $expected', ({ count, expected }) => {
  expect(formatCount(count, 'image')).toBe(expected);
});

test('uses a given irregular plural', () => {
  expect(formatCount(2, 'repository', 'repositories')).toBe('2 repositories');
});
