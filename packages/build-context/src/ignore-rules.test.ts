import { describe, expect, test } from '@jest/globals';
import { IgnoreRules, type Judgement } from './ignore-rules.ts';

/** Whether a path is ignored. Judges its parent folders first, as a directory walk does. */
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
  { name: 'an empty file ignores nothing', lines: [], sent: ['a', '.git/config'] },
  {
    name: 'a name matches at the top of the context',
    lines: ['a'],
    ignored: ['a'],
    sent: ['b', 'b/a', 'ab'],
  },
  { name: 'a folder is ignored with its content', lines: ['a/'], ignored: ['a', 'a/b', 'a/b/c'] },
  { name: 'a leading slash is ignored', lines: ['/a'], ignored: ['a', 'a/b'], sent: ['b/a'] },
  { name: 'paths are cleaned', lines: ['./a//b/../c/'], ignored: ['a/c'], sent: ['a', 'a/b'] },
  { name: 'the context itself cannot be ignored', lines: ['.', '/'], sent: ['a'] },
  { name: 'patterns are case-sensitive', lines: ['README'], ignored: ['README'], sent: ['readme', 'Readme'] },
  {
    name: 'a star does not match a slash',
    lines: ['*.md', 'a/*'],
    ignored: ['x.md', 'a/b'],
    sent: ['b/x.md', 'a'],
  },
  {
    name: 'a question mark matches one character',
    lines: ['a?'],
    ignored: ['ab', 'aé', 'a🚢'],
    sent: ['a', 'abc', 'a/b'],
  },
  {
    name: 'two stars match any number of folders, or none',
    lines: ['**/*.md'],
    ignored: ['x.md', 'a/b/x.md'],
    sent: ['a', 'x.mdx'],
  },
  {
    name: 'two stars at the end match everything below',
    lines: ['a/**'],
    ignored: ['a/b', 'a/b/c'],
    sent: ['a', 'ab'],
  },
  { name: 'two stars alone match everything', lines: ['**'], ignored: ['a', '.b/c'] },
  { name: 'two stars twice match everything', lines: ['**/**'], ignored: ['a', '.b/c'] },
  {
    name: 'two stars before a name match it in any folder',
    lines: ['**/b'],
    ignored: ['b', 'a/b', 'a/b/c'],
    sent: ['ab'],
  },
  {
    name: 'two stars before a suffix match any path with it',
    lines: ['**log'],
    ignored: ['log', 'dialog', 'a/dialog'],
    sent: ['logs'],
  },
  {
    name: 'two stars after a prefix match any path with it',
    lines: ['log**'],
    ignored: ['log', 'logs', 'log/a'],
    sent: ['dialog'],
  },
  { name: 'a class matches one of its characters', lines: ['[a-c]'], ignored: ['a', 'c'], sent: ['d', 'ab'] },
  {
    name: 'a negated class matches any other character',
    lines: ['x[^a-c]'],
    ignored: ['xd'],
    sent: ['xa', 'x'],
  },
  {
    name: 'a class may contain escaped characters',
    lines: ['[\\]\\-]'],
    ignored: [']', '-'],
    sent: ['\\', '['],
  },
  {
    name: 'a backslash escapes a wildcard',
    lines: ['\\*', 'a\\?'],
    ignored: ['*', 'a?'],
    sent: ['x', 'ab'],
  },
  {
    name: 'a backslash before a letter means a class of Go’s regular expressions',
    lines: ['v\\d', 'x[\\d]'],
    ignored: ['v1', 'x1'],
    sent: ['vd', 'xd'],
  },
  {
    name: 'a backslash before a letter or a number means a control character or a code point',
    lines: ['x\\a', 'y\\t', '\\x41', '\\102'],
    ignored: ['x\u0007', 'y\t', 'A', 'B'],
    sent: ['xa', 'yt', 'x41', '102'],
  },
  {
    name: 'a backslash before a letter may mean an anchor, a word boundary, a Unicode class or a quotation',
    lines: ['\\Aa\\z', 'b\\b*', '\\pL1', '\\PL2', '\\Qc+\\Ed?'],
    ignored: ['a', 'b', 'b.c', 'é1', '.2', 'c\\+dx'],
    sent: ['ab', 'bc', '.1', 'é2', 'c+dx'],
  },
  {
    name: 'stars and question marks are wildcards even inside brackets',
    lines: ['a[*]', 'b[?]'],
    ignored: ['a[]', 'a/^]', 'b/]'],
    sent: ['a*', 'b?'],
  },
  {
    name: 'a class may contain classes',
    lines: ['a[\\d_]', 'b[^\\d_]', 'c[[:alpha:]]', 'd[[:^alpha:]]'],
    ignored: ['a1', 'a_', 'b-', 'cx', 'd1'],
    sent: ['ad', 'b1', 'b_', 'c1', 'dx'],
  },
  { name: 'a circumflex matches only the beginning', lines: ['a^*'], sent: ['a^', 'a^b'] },
  {
    name: 'special characters of regular expressions match themselves',
    lines: ['c++*', 'a(b)|{c}*', '$x.y?', 'z]*'],
    ignored: ['c++', 'a(b)|{c}', '$x.yz', 'z]a'],
    sent: ['ccc', 'ab', 'c', '$xxyz'],
  },
  {
    name: 'names of properties of Object.prototype match themselves',
    lines: ['constructor', '__proto__'],
    ignored: ['constructor', '__proto__'],
    sent: ['toString'],
  },
  {
    name: 'names may be in any alphabet',
    lines: ['größe/*.тхт'],
    ignored: ['größe/x.тхт'],
    sent: ['grosse/x.тхт'],
  },
  { name: 'blank lines and comments are ignored', lines: ['', '  ', '#a'], sent: ['a', '#a'] },
  { name: 'a comment must start at the beginning of its line', lines: [' #a'], ignored: ['#a'] },
  {
    name: 'white space around a pattern is removed',
    lines: ['\ta b  ', '! a b/c\r'],
    ignored: ['a b'],
    sent: ['a b/c'],
  },
  { name: 'a byte order mark before the first pattern is removed', lines: ['\uFEFFa'], ignored: ['a'] },
  { name: 'a byte order mark before a comment is removed', lines: ['\uFEFF#a'], sent: ['#a', '\uFEFF#a'] },
  {
    name: 'an exception includes an ignored path again',
    lines: ['*', '!a'],
    ignored: ['b'],
    sent: ['a', 'a/b'],
  },
  {
    name: 'an exception may be in an ignored folder',
    lines: ['a', '!a/b'],
    ignored: ['a', 'a/c'],
    sent: ['a/b', 'a/b/c'],
  },
  {
    name: 'the last matching rule wins',
    lines: ['!a.md', '*.md', '!b.md', 'b.*'],
    ignored: ['a.md', 'b.md'],
  },
  {
    name: 'an exception may have wildcards',
    lines: ['**', '!**/*.go'],
    ignored: ['a/x.md'],
    sent: ['x.go', 'a/b/x.go'],
  },
  {
    // The builder differs from its documentation: the exception has no effect on `a`, so `a/b` does not inherit it.
    name: 'an exception without effect on a folder has no effect on its content',
    lines: ['*/b', '!a'],
    ignored: ['a/b'],
  },
  {
    name: 'a backslash at the end after a star escapes the end of the expression, and matches a dollar sign',
    lines: ['tmp*\\'],
    ignored: ['tmp$', 'tmpx$a'],
    sent: ['tmpx', 'tmp\\'],
  },
];

const refusedAt = (file: string, line: number): unknown =>
  expect.objectContaining({
    code: 'config-invalid',
    problems: [expect.objectContaining({ position: { file, line } })],
  });

describe('IgnoreRules', () => {
  test.each(cases)('$name', ({ lines, ignored = [], sent = [] }) => {
    expect(ignored.filter((path) => !ignores(lines, path))).toEqual([]);
    expect(sent.filter((path) => ignores(lines, path))).toEqual([]);
  });

  test.each(['[a', '[]', '[-a]', '[a-]', 'a\\', '*\\', '.*\\', '!', '! ', '!/'])(
    'rejects %j, as the builder does',
    (line) => {
      const make = () => new IgnoreRules(`fine\n${line}`, 'web/.dockerignore');
      expect(make).toThrow(refusedAt('web/.dockerignore', 2));
    },
  );

  test.each(['[z-a]', 'a\\q', '\\é', '\\1', '\\x', '\\C', '\\x{41}', 'x[[:nothing:]]'])(
    'rejects %j once a path is matched with it, as the builder does',
    (line) => {
      expect(ignores(['a', line], 'a')).toBe(true);
      expect(() => ignores(['fine', line], 'a')).toThrow(refusedAt('.dockerignore', 2));
    },
  );
});

describe('mayExceptBelow, for an ignored folder', () => {
  const rules = (...lines: string[]) => new IgnoreRules(lines.join('\n'), '.dockerignore');
  test.each([
    { name: 'no exceptions', lines: ['a'], expected: false },
    { name: 'exceptions in other folders', lines: ['*', '!b/c', '!ab', '!b/**', '!b/*'], expected: false },
    { name: 'an exception in it', lines: ['*', '!a/b/c'], expected: true },
    { name: 'an exception for all of its content', lines: ['*', '!a/**'], expected: true },
    { name: 'an exception for any folder', lines: ['*', '!**/c'], expected: true },
  ])('is $expected with $name', ({ lines, expected }) => {
    expect(rules(...lines).mayExceptBelow('a')).toBe(expected);
  });
});
