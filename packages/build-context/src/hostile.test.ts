import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { IgnoreRules } from './ignore-rules.ts';
import { linearExpression } from './linear-expression.ts';

/** Multiplies the number of runs in `npm run test:fuzz`. */
const { fuzzFactor = 1 } = globalThis as { fuzzFactor?: number };

/** In milliseconds, enough for a busy machine. Backtracking takes hours. */
const budget = 5000;

describe('reads and applies hostile ignore files in time', () => {
  test.each([
    { name: 'many stars', line: '*a*a*a*a*a*a*a*a*b', path: 'a'.repeat(100), ignored: false },
    { name: 'more stars', line: `${'*a'.repeat(200)}b`, path: 'a'.repeat(2000), ignored: false },
    { name: 'many stars that match', line: '*a*a*a*a*a*a*a*a*b', path: `${'a'.repeat(100)}b`, ignored: true },
    { name: 'many folders', line: `${'**/'.repeat(10)}b`, path: 'a/'.repeat(100) + 'a', ignored: false },
    {
      name: 'many folders between names',
      line: 'a/**/a/**/a/**/a/**/b',
      path: 'a/'.repeat(60) + 'c',
      ignored: false,
    },
    { name: 'spaces between two words', line: `a${' '.repeat(3000)}b`, path: 'c', ignored: false },
  ])('$name', ({ line, path, ignored }) => {
    const started = performance.now();
    expect(new IgnoreRules(`${line}\n`, '.dockerignore').judge(path).ignored).toBe(ignored);
    expect(performance.now() - started).toBeLessThan(budget);
  });

  test('rejects a line with 200,000 spaces', () => {
    const started = performance.now();
    expect(() => new IgnoreRules(`a${' '.repeat(200_000)}b`, '.dockerignore')).toThrow(/not a valid pattern/);
    expect(performance.now() - started).toBeLessThan(budget);
  });
});

test('matches the same text as the regular expression', () => {
  const piece = fc.constantFrom<readonly string[]>(
    ['a'],
    ['b'],
    ['\\/'],
    ['[^/]', '*'],
    ['[^\\n]', '*'],
    ['[^/]'],
    ['(', '[^\\n]', '*', '\\/', ')', '?'],
    ['\\b'],
    ['\\B'],
  );
  const path = fc.string({ unit: fc.constantFrom('a', 'b', '/', '-'), maxLength: 8 });
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 6 }), path, (parts, text) => {
      const pieces = ['^', ...parts.flat(), '$'];
      expect(linearExpression(pieces).test(text)).toBe(new RegExp(pieces.join(''), 'u').test(text));
    }),
    { numRuns: 1000 * fuzzFactor },
  );
});
