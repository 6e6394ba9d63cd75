import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { IgnoreRules } from './ignore-rules.ts';
import { linearExpression } from './linear-expression.ts';

/** `npm run test:fuzz` does more. */
const { fuzzFactor = 1 } = globalThis as { fuzzFactor?: number };

/** Milliseconds. On a busy machine too; backtracking takes hours. */
const budget = 5000;

describe('hostile ignore files are read and applied in time', () => {
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

  test('a line of 200,000 spaces before its end is refused', () => {
    const started = performance.now();
    expect(() => new IgnoreRules(`a${' '.repeat(200_000)}b`, '.dockerignore')).toThrow(/no pattern/);
    expect(performance.now() - started).toBeLessThan(budget);
  });
});

test('matches what the expression matches', () => {
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
