import { describe, expect, test } from '@jest/globals';
import { fuzz, inTime, survivesAttacks } from '@towpath/fuzz';
import fc from 'fast-check';
import { expand } from './expand.ts';
import { baseImages, bases, outsideUses, runSteps, stageNames } from './base-images.ts';
import { declarations, frontendOf, usesInRun } from './declarations.ts';
import { directives, readDockerfile } from './instructions.ts';
import { confidentialMounts } from './mounts.ts';
import { remoteSources } from './remote-sources.ts';

const corpus = new URL('./hostile.corpus.json', import.meta.url);

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
    expect(inTime(() => expand(`\${A${operator}${stars}}`, () => value))).toBe(value);
  });

  test.each(['/', '//'])('a pattern of many stars after %s', (operator) => {
    expect(() => inTime(() => expand(`\${A${operator}${stars}/x}`, () => value))).toThrow(/too many stars/);
  });

  test('alternatives nested 20,000 deep', () => {
    const word = '${A:-'.repeat(20_000) + 'x' + '}'.repeat(20_000);
    expect(() => inTime(() => expand(word, () => undefined))).toThrow(/nests more than/);
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
      inTime(doubling);
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
    inTime(() => {
      readDockerfile(text);
      directives(text);
    });
  });
});

const options = { args: new Map<string, string>(), platforms: [] };

/** Reads a Dockerfile with every function of this package that takes its text. */
function readAll(text: string): void {
  directives(text);
  readDockerfile(text);
  frontendOf(text, options.args);
  usesInRun(text);
  declarations(text);
  baseImages(text, options);
  bases(text, options);
  stageNames(text);
  runSteps(text, options);
  outsideUses(text, options);
  remoteSources(text, options);
  confidentialMounts(text);
}

const pieces = [
  ...[
    'FROM a AS a\n',
    'FROM a\n',
    'ARG A=$A\n',
    'ENV A=${A:-a}\n',
    'ONBUILD ADD $A b\n',
    'COPY --from=a b c\n',
  ],
  ...[
    'RUN --mount=type=secret,id=a ',
    'RUN <<a\n',
    'ADD http://a b\n',
    'ADD ["a", "b"] c\n',
    '# syntax=a\n',
    '\\\n',
  ],
  ...['--', '<<', '<<-', '${A', '${A#', '${A//', ':-', '=', '"', '# escape=`\n', 'FROM '],
];

test('remoteSources, which reads and expands everything, finishes in time with any repeated fragment', () => {
  survivesAttacks((text) => remoteSources(text, options), pieces);
});

test('every reader finishes in time with any mixture of fragments', () => {
  fuzz(readAll, pieces, { file: corpus, name: 'Dockerfile', longest: 100_000 });
});

describe('a Dockerfile that multiplies', () => {
  test('20,000 ONBUILD in 20,000 stages is refused', () => {
    const stages = Array.from({ length: 20_000 }, (_, index) => `FROM b\nCOPY --from=${index} a b\n`);
    const text = `FROM scratch AS b\n${'ONBUILD ADD $A b\n'.repeat(20_000)}${stages.join('')}`;
    expect(() => inTime(() => remoteSources(text, options))).toThrow('more than 100000 ONBUILD');
  });

  test('20,000 variables in 20,000 stages is refused', () => {
    const variables = Array.from({ length: 20_000 }, (_, index) => `ENV a${index}=1\n`).join('');
    const text = `FROM scratch AS b\n${variables}${'FROM b AS b\n'.repeat(20_000)}`;
    expect(() => inTime(() => remoteSources(text, options))).toThrow('inherit more than 1000000 variables');
  });
});
