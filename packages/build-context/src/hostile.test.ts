import { describe, expect, test } from '@jest/globals';
import { fuzz, fuzzFactor, inTime, survivesAttacks } from '@towpath/fuzz';
import fc from 'fast-check';
import { IgnoreRules } from './ignore-rules.ts';
import { linearExpression } from './linear-expression.ts';

const corpus = new URL('./hostile.corpus.json', import.meta.url);

/** Reads an ignore file and applies it to paths that make patterns backtrack. */
function judgePaths(text: string): void {
  const rules = new IgnoreRules(text, '.dockerignore');
  for (const path of ['a', 'a/b-c', 'a'.repeat(60)]) rules.judge(path);
}

const pieces = ['*a', '**/', '!**/a\n', '[a-', '[^', ']', '?', '\\', 'a/**/', '!\n', '/', '*a*a*a*a*b\n'];

test('an ignore file with any repeated fragment is read and applied in time', () => {
  survivesAttacks(judgePaths, pieces);
});

test('an ignore file with any mixture of fragments is read and applied in time', () => {
  fuzz(judgePaths, pieces, { file: corpus, name: 'ignore file', longest: 100_000 });
});

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
    const judge = () => new IgnoreRules(`${line}\n`, '.dockerignore').judge(path);
    expect(inTime(judge).ignored).toBe(ignored);
  });

  test('rejects a line with 200,000 spaces', () => {
    const read = () => new IgnoreRules(`a${' '.repeat(200_000)}b`, '.dockerignore');
    expect(() => inTime(read)).toThrow(/not a valid pattern/);
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
