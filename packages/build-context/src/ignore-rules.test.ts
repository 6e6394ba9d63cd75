import { describe, expect, test } from '@jest/globals';
import { IgnoreRules, type Judgement } from './ignore-rules.ts';

/** Whether a path is ignored, asked as a walk asks: every folder on the way first. */
function ignores(lines: readonly string[], path: string): boolean {
  const rules = new IgnoreRules(lines.join('\n'), '.dockerignore');
  const names = path.split('/');
  let judgement: Judgement | undefined;
  for (let depth = 1; depth <= names.length; depth += 1) {
    judgement = rules.judge(names.slice(0, depth).join('/'), judgement);
  }
  return judgement?.ignored === true;
}

interface Case {
  readonly name: string;
  readonly lines: readonly string[];
  readonly ignored?: readonly string[];
  readonly sent?: readonly string[];
}

const cases: readonly Case[] = [
  { name: 'nothing ignores nothing', lines: [], sent: ['a', '.git/config'] },
  { name: 'a name is one at the top', lines: ['a'], ignored: ['a'], sent: ['b', 'b/a', 'ab'] },
  { name: 'a folder is ignored with all that is in it', lines: ['a/'], ignored: ['a', 'a/b', 'a/b/c'] },
  { name: 'a slash at the start means the context', lines: ['/a'], ignored: ['a', 'a/b'], sent: ['b/a'] },
  { name: 'paths are cleaned', lines: ['./a//b/../c/'], ignored: ['a/c'], sent: ['a', 'a/b'] },
  { name: 'the context itself cannot be ignored', lines: ['.', '/'], sent: ['a'] },
  { name: 'letters have a case', lines: ['README'], ignored: ['README'], sent: ['readme', 'Readme'] },
  {
    name: 'a star stays within a name',
    lines: ['*.md', 'a/*'],
    ignored: ['x.md', 'a/b'],
    sent: ['b/x.md', 'a'],
  },
  {
    name: 'a question mark is one character',
    lines: ['a?'],
    ignored: ['ab', 'aé', 'a🚢'],
    sent: ['a', 'abc', 'a/b'],
  },
  {
    name: 'two stars are any folders, or none',
    lines: ['**/*.md'],
    ignored: ['x.md', 'a/b/x.md'],
    sent: ['a', 'x.mdx'],
  },
  {
    name: 'two stars at the end are everything below',
    lines: ['a/**'],
    ignored: ['a/b', 'a/b/c'],
    sent: ['a', 'ab'],
  },
  { name: 'two stars alone are everything', lines: ['**'], ignored: ['a', '.b/c'] },
  { name: 'two stars twice are everything too', lines: ['**/**'], ignored: ['a', '.b/c'] },
  {
    name: 'two stars before a name are a folder more',
    lines: ['**/b'],
    ignored: ['b', 'a/b', 'a/b/c'],
    sent: ['ab'],
  },
  {
    name: 'two stars without a slash end anything',
    lines: ['**log'],
    ignored: ['log', 'dialog', 'a/dialog'],
    sent: ['logs'],
  },
  {
    name: 'two stars begin anything too',
    lines: ['log**'],
    ignored: ['log', 'logs', 'log/a'],
    sent: ['dialog'],
  },
  { name: 'a class is one of its characters', lines: ['[a-c]'], ignored: ['a', 'c'], sent: ['d', 'ab'] },
  { name: 'a class may say which not', lines: ['x[^a-c]'], ignored: ['xd'], sent: ['xa', 'x'] },
  { name: 'a class may hold what is escaped', lines: ['[\\]\\-]'], ignored: [']', '-'], sent: ['\\', '['] },
  {
    name: 'a backslash takes the meaning away',
    lines: ['\\*', 'a\\?'],
    ignored: ['*', 'a?'],
    sent: ['x', 'ab'],
  },
  {
    name: 'a backslash gives letters the meaning of regular expressions',
    lines: ['v\\d', 'x[\\d]'],
    ignored: ['v1', 'x1'],
    sent: ['vd', 'xd'],
  },
  {
    name: 'a backslash makes control characters of letters, and characters of numbers',
    lines: ['x\\a', 'y\\t', '\\x41', '\\102'],
    ignored: ['x\u0007', 'y\t', 'A', 'B'],
    sent: ['xa', 'yt', 'x41', '102'],
  },
  {
    name: 'a backslash may say where words and names begin and end, and what they are of',
    lines: ['\\Aa\\z', 'b\\b*', '\\pL1', '\\PL2', '\\Qc+\\Ed?'],
    ignored: ['a', 'b', 'b.c', 'é1', '.2', 'c\\+dx'],
    sent: ['ab', 'bc', '.1', 'é2', 'c+dx'],
  },
  {
    name: 'stars and question marks are not safe within brackets',
    lines: ['a[*]', 'b[?]'],
    ignored: ['a[]', 'a/^]', 'b/]'],
    sent: ['a*', 'b?'],
  },
  {
    name: 'a class may hold classes',
    lines: ['a[\\d_]', 'b[^\\d_]', 'c[[:alpha:]]', 'd[[:^alpha:]]'],
    ignored: ['a1', 'a_', 'b-', 'cx', 'd1'],
    sent: ['ad', 'b1', 'b_', 'c1', 'dx'],
  },
  { name: 'a circumflex is the beginning, which is nowhere else', lines: ['a^*'], sent: ['a^', 'a^b'] },
  {
    name: 'what means something to regular expressions alone means itself',
    lines: ['c++*', 'a(b)|{c}*', '$x.y?', 'z]*'],
    ignored: ['c++', 'a(b)|{c}', '$x.yz', 'z]a'],
    sent: ['ccc', 'ab', 'c', '$xxyz'],
  },
  {
    name: 'names of every object are names',
    lines: ['constructor', '__proto__'],
    ignored: ['constructor', '__proto__'],
    sent: ['toString'],
  },
  {
    name: 'names may be of any alphabet',
    lines: ['größe/*.тхт'],
    ignored: ['größe/x.тхт'],
    sent: ['grosse/x.тхт'],
  },
  { name: 'blank lines and comments count for nothing', lines: ['', '  ', '#a'], sent: ['a', '#a'] },
  { name: 'a comment starts its line', lines: [' #a'], ignored: ['#a'] },
  {
    name: 'white space around a pattern does not belong to it',
    lines: ['\ta b  ', '! a b/c\r'],
    ignored: ['a b'],
    sent: ['a b/c'],
  },
  { name: 'a byte order mark does not belong to the first pattern', lines: ['\uFEFFa'], ignored: ['a'] },
  { name: 'nor to a comment', lines: ['\uFEFF#a'], sent: ['#a', '\uFEFF#a'] },
  { name: 'an exception sends what was ignored', lines: ['*', '!a'], ignored: ['b'], sent: ['a', 'a/b'] },
  {
    name: 'an exception may be below what was ignored',
    lines: ['a', '!a/b'],
    ignored: ['a', 'a/c'],
    sent: ['a/b', 'a/b/c'],
  },
  {
    name: 'the last rule that matches counts',
    lines: ['!a.md', '*.md', '!b.md', 'b.*'],
    ignored: ['a.md', 'b.md'],
  },
  {
    name: 'an exception has wildcards too',
    lines: ['**', '!**/*.go'],
    ignored: ['a/x.md'],
    sent: ['x.go', 'a/b/x.go'],
  },
  {
    // Here the builder differs from its documentation: the exception did nothing for `a`, so it is not inherited.
    name: 'an exception that excepts nothing yet does nothing for what is below',
    lines: ['*/b', '!a'],
    ignored: ['a/b'],
  },
  {
    name: 'an escape at the end, behind a star: it takes the meaning of the end away, so that a dollar is matched',
    lines: ['tmp*\\'],
    ignored: ['tmp$', 'tmpx$a'],
    sent: ['tmpx', 'tmp\\'],
  },
];

const refusedAt = (file: string, line: number): unknown =>
  expect.objectContaining({
    code: 'config-invalid',
    problems: [expect.objectContaining({ place: { file, line } })],
  });

describe('what a builder is not sent', () => {
  test.each(cases)('$name', ({ lines, ignored = [], sent = [] }) => {
    expect(ignored.filter((path) => !ignores(lines, path))).toEqual([]);
    expect(sent.filter((path) => ignores(lines, path))).toEqual([]);
  });

  test.each(['[a', '[]', '[-a]', '[a-]', 'a\\', '*\\', '.*\\', '!', '! ', '!/'])(
    '%j is no pattern, for the builder neither',
    (line) => {
      const make = () => new IgnoreRules(`fine\n${line}`, 'web/.dockerignore');
      expect(make).toThrow(refusedAt('web/.dockerignore', 2));
    },
  );

  test.each(['[z-a]', 'a\\q', '\\é', '\\1', '\\x', '\\C', '\\x{41}', 'x[[:nothing:]]'])(
    '%j is found to be no pattern when the builder comes to it',
    (line) => {
      expect(ignores(['a', line], 'a')).toBe(true);
      expect(() => ignores(['fine', line], 'a')).toThrow(refusedAt('.dockerignore', 2));
    },
  );
});

describe('an ignored folder', () => {
  const rules = (...lines: string[]) => new IgnoreRules(lines.join('\n'), '.dockerignore');
  test.each([
    { name: 'without exceptions', lines: ['a'], expected: false },
    { name: 'with exceptions elsewhere', lines: ['*', '!b/c', '!ab', '!b/**', '!b/*'], expected: false },
    { name: 'with an exception in it', lines: ['*', '!a/b/c'], expected: true },
    { name: 'that is excepted as a whole', lines: ['*', '!a/**'], expected: true },
    { name: 'with an exception that may be anywhere', lines: ['*', '!**/c'], expected: true },
  ])('$name is looked into: $expected', ({ lines, expected }) => {
    expect(rules(...lines).mayExceptBelow('a')).toBe(expected);
  });
});
