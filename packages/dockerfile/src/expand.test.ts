import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { expand } from './expand.ts';

const variables = new Map([
  ['HOST', 'ghcr.io'],
  ['VERSION', '1.37'],
  ['EMPTY', ''],
  ['DOTS', 'a.b.c'],
  ['PATHS', 'a/b'],
  ['INJECTED', '$HOST "quoted" \\'],
]);
const lookUp = (name: string) => variables.get(name);

describe('expand', () => {
  test.each([
    { text: 'busybox:1.37', expected: 'busybox:1.37' },
    { text: '$HOST/busybox:$VERSION-slim', expected: 'ghcr.io/busybox:1.37-slim' },
    { text: '${HOST}_x', expected: 'ghcr.io_x' },
    { text: '$HOST_x', expected: '' },
    { text: 'a${UNKNOWN}b$UNKNOWN', expected: 'ab' },
    { text: '${UNKNOWN:-alpine}', expected: 'alpine' },
    { text: '${EMPTY:-alpine}', expected: 'alpine' },
    { text: '${EMPTY-alpine}', expected: '' },
    { text: '${UNKNOWN-alpine}', expected: 'alpine' },
    { text: '${UNKNOWN:-}', expected: '' },
    { text: '${HOST:-alpine}', expected: 'ghcr.io' },
    { text: '${HOST:+$VERSION}', expected: '1.37' },
    { text: '${EMPTY:+x}', expected: '' },
    { text: '${EMPTY+x}', expected: 'x' },
    { text: '${UNKNOWN+x}', expected: '' },
    { text: '${HOST:?is needed}', expected: 'ghcr.io' },
    { text: '${EMPTY?is needed}', expected: '' },
    { text: '${A:-${B:-${C:-${VERSION}}}}/x', expected: '1.37/x' },
    { text: '${A:-a:${VERSION}-b}', expected: 'a:1.37-b' },
    { text: '${HOST}${INJECTED}', expected: 'ghcr.io$HOST "quoted" \\' },
    { text: '\\$HOST', expected: '$HOST' },
    { text: 'a\\b\\\\', expected: 'ab\\' },
    { text: 'a\\', expected: 'a' },
    { text: '${UNKNOWN:-a\\}b}', expected: 'a}b' },
    { text: '"$HOST/x"', expected: 'ghcr.io/x' },
    { text: `"a\\"b\\$c\\\\d\\e"`, expected: 'a"b$c\\d\\e' },
    { text: `'$HOST \\'`, expected: '$HOST \\' },
    { text: '${UNKNOWN:-"a}b"}', expected: 'a}b' },
    { text: '$1x', expected: 'x' },
    { text: '$', expected: '$' },
    { text: 'a$-b', expected: 'ab' },
    { text: '${HOST#g}', expected: 'hcr.io' },
    { text: '${HOST#*.}', expected: 'io' },
    { text: '${DOTS#*.}/${DOTS##*.}', expected: 'b.c/c' },
    { text: '${DOTS%.*}/${DOTS%%.*}', expected: 'a.b/a' },
    { text: '${DOTS%?}', expected: 'a.b.' },
    { text: '${DOTS%x}${DOTS#.}', expected: 'a.b.ca.b.c' },
    { text: '${DOTS/./-}/${DOTS//./-}', expected: 'a-b.c/a-b-c' },
    { text: '${DOTS/.*/}', expected: 'a' },
    { text: '${DOTS//\\?/x}', expected: 'a.b.c' },
    { text: '${PATHS/\\//:}/${PATHS##*/}', expected: 'a:b/b' },
    { text: '${UNKNOWN#x}${UNKNOWN/a/b}', expected: '' },
    { text: '${DOTS#${EMPTY:-a}}', expected: '.b.c' },
  ])('expands $text to $expected', ({ text, expected }) => {
    expect(expand(text, lookUp)).toBe(expected);
  });

  test.each([
    '${HOST',
    '${}',
    '${:-x}',
    '${HOST:-${VERSION}',
    '${UNKNOWN:?is needed}',
    '${EMPTY:?is needed}',
    '${UNKNOWN?}',
    '${HOST:}',
    '${HOST:#o}',
    '${HOST#\\o}',
    '${HOST/o}',
    '${HOST^}',
    '${{HOST}}',
    `'$HOST`,
    '"$HOST',
  ])('returns %s unchanged, because BuildKit rejects it or it is unsupported', (text) => {
    expect(expand(text, lookUp)).toBe(text);
  });

  test('uses the given escape character', () => {
    expect(expand('`$HOST\\$VERSION', lookUp, '`')).toBe('$HOST\\1.37');
  });

  test('passes on an error of the look-up', () => {
    const broken = () => {
      throw new RangeError('a bug');
    };
    expect(() => expand('$A', broken)).toThrow(RangeError);
  });
});

/** A word of a Dockerfile and its expansion. */
interface Word {
  readonly written: string;
  readonly read: string;
}

const name = fc.constantFrom('HOST', 'VERSION', 'EMPTY', 'UNKNOWN');
const concat = (words: readonly Word[]): Word => ({
  written: words.map(({ written }) => written).join(''),
  read: words.map(({ read }) => read).join(''),
});

const { word } = fc.letrec<{ word: Word; piece: Word; text: Word }>((tie) => ({
  word: fc.array(tie('piece'), { maxLength: 3 }).map(concat),
  piece: fc.oneof({ maxDepth: 4, withCrossShrink: true }, tie('text'), alternative(tie('word'))),
  text: fc.oneof(
    fc.stringMatching(/^[a-z0-9:/.@-]{0,4}$/).map((text) => ({ written: text, read: text })),
    fc.constantFrom(...['$', '}', '"', "'", '\\', ' ']).map((text) => ({ written: `\\${text}`, read: text })),
    fc.stringMatching(/^[$}"\\{ a]{0,4}$/).map((text) => ({ written: `'${text}'`, read: text })),
    name.map((one) => ({ written: `\${${one}}`, read: lookUp(one) ?? '' })),
    name.map((one) => ({ written: `"$${one}"`, read: lookUp(one) ?? '' })),
  ),
}));

/** Generates `${NAME:-word}` and the other operators with an alternative. */
function alternative(inner: fc.Arbitrary<Word>): fc.Arbitrary<Word> {
  return fc
    .tuple(name, fc.constantFrom(':-', '-', ':+', '+'), inner)
    .map(([one, operator, { written, read }]) => {
      const value = lookUp(one);
      const isSet = operator.startsWith(':') ? (value ?? '') !== '' : value !== undefined;
      const expected = operator.endsWith('-') ? (isSet ? (value ?? '') : read) : isSet ? read : '';
      return { written: `\${${one}${operator}${written}}`, read: expected };
    });
}

test('expands every generated word, however deeply nested', () => {
  fc.assert(
    fc.property(word, ({ written, read }) => {
      expect(expand(written, lookUp)).toBe(read);
    }),
    { numRuns: 2000 },
  );
});

test('expands a word of 600,000 characters', () => {
  const count = 200_000;
  expect(expand('$a-'.repeat(count), () => 'x')).toBe('x-'.repeat(count));
});
