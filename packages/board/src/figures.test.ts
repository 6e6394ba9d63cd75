import { expect, test } from '@jest/globals';
import { formatAge, formatTime } from './figures.ts';

const read = '2026-01-31T12:00:00.000Z';

test.each([
  ['2026-01-31T12:00:30.000Z', '0 min'],
  ['2026-01-31T11:01:00.000Z', '59 min'],
  ['2026-01-31T11:00:00.000Z', '1 h'],
  ['2026-01-29T12:01:00.000Z', '47 h'],
  ['2026-01-29T12:00:00.000Z', '2 d'],
  ['2025-12-01T12:00:00.000Z', '2 months'],
  ['2023-01-31T12:00:00.000Z', '3 years'],
])('formats the age of %s as %s', (since, age) => {
  expect(formatAge(since, read)).toBe(age);
});

test('formats a time in UTC', () => {
  expect(formatTime('2026-01-31T23:59:59.999Z')).toBe('2026-01-31 23:59 UTC');
});
