import { expect, test } from '@jest/globals';
import { shorten, timeOf } from './text.ts';

test.each([
  ['2026-10-01T12:00:00Z', '2026-10-01T12:00:00.000Z'],
  ['2026-10-01T12:00:00.123456789+02:00', '2026-10-01T10:00:00.123Z'],
  ['2026-10-01', '2026-10-01T00:00:00.000Z'],
  ['2026-10-01T12:00:00', '2026-10-01T12:00:00.000Z'],
  ['2026-10-01 12:00', '2026-10-01T12:00:00.000Z'],
  ['2026-10-01 12:00:00.5', '2026-10-01T12:00:00.500Z'],
  ['Thu, 01 Oct 2026 12:00:00 GMT', '2026-10-01T12:00:00.000Z'],
  [1_790_856_000, '2026-10-01T12:00:00.000Z'],
  [1_790_856_000_000, '2026-10-01T12:00:00.000Z'],
  [1_790_856_000.5, '2026-10-01T12:00:00.500Z'],
  [new Date(0), '1970-01-01T00:00:00.000Z'],
  ['2026-13-01', undefined],
  ['2026-10-01T25:00:00', undefined],
  ['soon', undefined],
  ['', undefined],
  [Number.NaN, undefined],
  [1e300, undefined],
  [null, undefined],
  [{}, undefined],
])('reads the time %j as %s, in any zone of the machine', (time, expected) => {
  expect(timeOf(time)).toBe(expected);
});

test.each([
  ['a', 'a'],
  ['é'.repeat(500), 'é'.repeat(500)],
  ['é'.repeat(501), `${'é'.repeat(500)}…`],
  [`${'a'.repeat(499)}😀b`, `${'a'.repeat(499)}\uFFFD…`],
  ['a\n\u0007b ', 'a b'],
  [' \n', undefined],
])('shortens %j to %j', (text, expected) => {
  expect(shorten(text)).toBe(expected);
});
