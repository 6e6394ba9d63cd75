import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { expand } from './expand.ts';
import { directives, readDockerfile } from './instructions.ts';
import { remoteSources } from './remote-sources.ts';

/** Multiplies the number of runs in `npm run test:fuzz`. */
const { fuzzFactor = 1 } = globalThis as { fuzzFactor?: number };

/** In milliseconds, enough for a busy machine. Quadratic work takes minutes. */
const budget = 5000;

function timed<T>(work: () => T): T {
  const started = performance.now();
  const result = work();
  expect(performance.now() - started).toBeLessThan(budget);
  return result;
}

/** Matches a shell pattern by trying every possibility. For short texts. */
function matches(pattern: string, text: string): boolean {
  const [first] = pattern;
  if (first === undefined) return text === '';
  if (first === '*')
    return matches(pattern.slice(1), text) || (text !== '' && matches(pattern, text.slice(1)));
  return text !== '' && (first === '?' || first === text[0]) && matches(pattern.slice(1), text.slice(1));
}

function trimmed(value: string, operator: string, pattern: string): string {
  const isLongest = operator.length === 2;
  const isStart = operator.startsWith('#');
  const lengths = Array.from({ length: value.length + 1 }, (_, length) => length);
  const found = lengths.filter((length) =>
    matches(pattern, isStart ? value.slice(0, length) : value.slice(value.length - length)),
  );
  const length = (isLongest ? found.at(-1) : found[0]) ?? 0;
  return isStart ? value.slice(length) : value.slice(0, value.length - length);
}

const small = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 7 });
const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 6 });

test.each(['#', '##', '%', '%%'])('%s removes the same text as a search of all possibilities', (operator) => {
  fc.assert(
    fc.property(small, pattern, (value, stars) => {
      const word = `\${A${operator}${stars}}`;
      expect(expand(word, () => value)).toBe(trimmed(value, operator, stars));
    }),
  );
});

test.each(['/', '//'])('%s replaces the same text as the regular expression of the pattern', (operator) => {
  fc.assert(
    fc.property(small, pattern, (value, stars) => {
      fc.pre(stars !== '');
      const source = stars.replaceAll('?', '.').replaceAll('*', '.*');
      let lastEnd = -1;
      // Go ignores an empty match directly after another match (regexp, "All").
      const expected = value.replace(
        new RegExp(source, operator === '/' ? '' : 'g'),
        (match: string, at: number) => {
          const isIgnored = match === '' && at === lastEnd;
          lastEnd = at + match.length;
          return isIgnored ? '' : 'X';
        },
      );
      expect(expand(`\${A${operator}${stars}/X}`, () => value)).toBe(expected);
    }),
  );
});

describe('expands or rejects hostile words in time', () => {
  const stars = `${'*a'.repeat(30)}b`;
  const value = 'a'.repeat(2000);
  test.each(['#', '##', '%', '%%'])('a pattern of many stars after %s', (operator) => {
    expect(timed(() => expand(`\${A${operator}${stars}}`, () => value))).toBe(value);
  });

  test.each(['/', '//'])('a pattern of many stars after %s', (operator) => {
    expect(() => timed(() => expand(`\${A${operator}${stars}/x}`, () => value))).toThrow(/too many stars/);
  });

  test('alternatives nested 20,000 deep', () => {
    const word = '${A:-'.repeat(20_000) + 'x' + '}'.repeat(20_000);
    expect(() => timed(() => expand(word, () => undefined))).toThrow(/nests more than/);
  });

  test('variables that double 60 times', () => {
    const doubling = () => {
      let text = 'x';
      for (let round = 0; round < 60; round += 1) {
        const before = text;
        text = expand('$A$A', () => before);
      }
    };
    expect(() => {
      timed(doubling);
    }).toThrow(/expands to more than/);
  });
});

describe('reads hostile Dockerfiles in time', () => {
  test.each([
    { name: 'carriage returns', text: `FROM a${'\r'.repeat(200_000)}x\nRUN b` },
    { name: 'continued lines', text: `FROM a\nRUN b ${'\\\nc '.repeat(50_000)}` },
    { name: 'spaces between two words', text: `FROM a${' '.repeat(100_000)}b` },
    { name: 'spaces in a directive', text: `# syntax=a${' '.repeat(100_000)}b\nFROM a` },
    { name: 'spaces before a directive', text: `#${' '.repeat(200_000)}syntax\nFROM a` },
    { name: 'comments', text: '# comment\n'.repeat(100_000) },
    { name: 'stages', text: 'FROM a AS b\n'.repeat(20_000) },
    { name: 'flags', text: `RUN ${'--a="b" '.repeat(25_000)}` },
    { name: 'open quotes', text: `RUN ${'"a '.repeat(65_000)}` },
    { name: 'escapes', text: `RUN ${'\\ '.repeat(100_000)}` },
    { name: 'heredocs', text: `RUN ${'<<a '.repeat(20_000)}\n${'b\n'.repeat(20_000)}` },
  ])('with many $name', ({ text }) => {
    timed(() => {
      readDockerfile(text);
      directives(text);
    });
  });

  test('with any sequence of special characters', () => {
    const unit = fc.constantFrom(
      'FROM a',
      ' ',
      '\\',
      '\n',
      '\r',
      '"',
      "'",
      '<<',
      '--',
      '#',
      '$',
      '{',
      '}',
      '=',
      '\t',
    );
    const text = fc
      .array(fc.tuple(unit, fc.nat({ max: 3000 })), { maxLength: 8 })
      .map((parts) => parts.map(([part, count]) => part.repeat(count)).join(''));
    fc.assert(
      fc.property(text, (given) => {
        timed(() => {
          readDockerfile(given);
        });
      }),
      { numRuns: 20 * fuzzFactor },
    );
  });
});

describe('a Dockerfile that multiplies', () => {
  const options = { args: new Map<string, string>(), platforms: [] };

  test('20,000 ONBUILD in 20,000 stages is refused', () => {
    const stages = Array.from({ length: 20_000 }, (_, index) => `FROM b\nCOPY --from=${index} a b\n`);
    const text = `FROM scratch AS b\n${'ONBUILD ADD $A b\n'.repeat(20_000)}${stages.join('')}`;
    expect(() => timed(() => remoteSources(text, options))).toThrow('more than 100000 ONBUILD');
  });

  test('20,000 variables in 20,000 stages is refused', () => {
    const variables = Array.from({ length: 20_000 }, (_, index) => `ENV a${index}=1\n`).join('');
    const text = `FROM scratch AS b\n${variables}${'FROM b AS b\n'.repeat(20_000)}`;
    expect(() => timed(() => remoteSources(text, options))).toThrow('inherit more than 1000000 variables');
  });
});
