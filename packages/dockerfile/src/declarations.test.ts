import { describe, expect, test } from '@jest/globals';
import { declarations, frontendOf, usesInRun } from './declarations.ts';

describe('declarations', () => {
  test('returns every ARG and ENV with its line', () => {
    const text = [
      '# ARG COMMENT',
      'ARG GLOBAL=1',
      'FROM a',
      'arg Lower',
      'ENV A=1 \\',
      '    B="2 3"',
      'ENV OLD the old form',
      `ARG C 'D'=4`,
      'RUN <<EOF',
      'ARG HEREDOC',
      'EOF',
      'LABEL HTTP_PROXY=x',
    ].join('\n');
    expect(
      declarations(text).map(({ instruction, name, line }) => `${line}: ${instruction} ${name}`),
    ).toEqual([
      '2: ARG GLOBAL',
      '4: ARG Lower',
      '5: ENV A',
      '6: ENV B',
      '7: ENV OLD',
      '8: ARG C',
      '8: ARG D',
    ]);
  });

  test('returns nothing for a file without ARG and ENV', () => {
    expect(declarations('FROM a\r\nRUN true')).toEqual([]);
  });
});

describe('usesInRun', () => {
  test('finds variables in commands and heredocs, once for each instruction', () => {
    const text = [
      'FROM a',
      'ENV X=$NOT',
      'RUN echo $A ${B:-x} \\',
      '    && echo "$A"',
      'RUN <<EOF',
      'npm config set proxy "$HTTP_PROXY"',
      'EOF',
      'RUN ["true"]',
    ].join('\n');
    expect(usesInRun(text)).toEqual([
      { name: 'A', line: 3 },
      { name: 'B', line: 3 },
      { name: 'HTTP_PROXY', line: 5 },
    ]);
  });
});

test.each([
  ['# syntax=docker/dockerfile:1\nFROM a', 'docker/dockerfile:1'],
  ['# escape=`\n#  Syntax = example.com/frontend:2\nFROM a', 'example.com/frontend:2'],
  ['FROM a\n# syntax=docker/dockerfile:1', undefined],
  ['# a comment\n# syntax=docker/dockerfile:1\nFROM a', undefined],
  ['FROM a', undefined],
])('finds the frontend of %j: %s', (text, expected) => {
  expect(frontendOf(text, new Map())?.image).toBe(expected);
});

test('prefers the frontend of BUILDKIT_SYNTAX to the one of the Dockerfile, and returns its arguments', () => {
  const named = frontendOf(
    '# syntax=example.com/a\nFROM a',
    new Map([['BUILDKIT_SYNTAX', 'example.com/b x y']]),
  );
  expect(named).toEqual({ image: 'example.com/b', args: ['x', 'y'] });
});
