import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { neutralLines } from './neutral.ts';

/**
 * Returns the commands that a runner may read from a line. Reimplements its two parsers (actions/runner,
 * ActionCommand.cs), but accepts more. .NET searches for a prefix by culture, which ignores invisible characters, and
 * then cuts by length. This function tries every possible match, and accepts any word as a command.
 */
function commandsIn(line: string): string[] {
  const trimmed = [line, line.trimStart(), line.replace(/^[\s\u0085]+/, '')];
  const infos = [...trimmed.flatMap(newCommands), ...oldCommands(line)];
  return infos.map((info) => info.split(' ')[0] ?? '').filter((name) => /^[\w-]+$/.test(name));
}

/** Finds `::name properties::` at the start of the line. */
function newCommands(line: string): string[] {
  if (!matchesAt(line, 0, colons)) return [];
  return positions(line.length)
    .filter((end) => end >= 2 && matchesAt(line, end, colons))
    .map((end) => line.slice(2, end));
}

/** Finds `##[name properties]` anywhere in the line. */
function oldCommands(line: string): string[] {
  return positions(line.length)
    .filter((start) => matchesAt(line, start, bracket) && line.includes(']', start))
    .map((start) => line.slice(start + 3, line.indexOf(']', start)));
}

const shapeless = '[\\p{Default_Ignorable_Code_Point}\\p{Cc}]*';
const colons = new RegExp(`${shapeless}:${shapeless}:`, 'uy');
const bracket = new RegExp(`${shapeless}#${shapeless}#${shapeless}\\[`, 'uy');

function matchesAt(line: string, start: number, prefix: RegExp): boolean {
  prefix.lastIndex = start;
  return prefix.test(line);
}

function positions(length: number): number[] {
  return Array.from({ length }, (_, position) => position);
}

const pieces = [
  ...['::', ':', '##[', '##', '#', '[', ']', ' ', '\t', '\n', '\r', '\r\n', '\v', '\f', '\u0085', '\u00a0'],
  ...['\u2028', '\u2029', '\ufeff', '\u200b', '\u200d', '\u00ad', '\u0000', '\u001b[31m', '\u001b', '\u3000'],
  ...['error', 'add-mask', 'stop-commands', 'set-output name=x', 'group', 'x'],
];
const untrusted = fc
  .array(fc.oneof(fc.constantFrom(...pieces), fc.string({ unit: 'binary', maxLength: 2 })), { maxLength: 12 })
  .map((some) => some.join(''));

describe('the parsers of the runner', () => {
  test.each([
    { line: '::error::x', expected: ['error'] },
    { line: ' \u00a0::add-mask::x', expected: ['add-mask'] },
    { line: '::error file=a,line=1::x', expected: ['error'] },
    { line: 'text ##[error]x', expected: ['error'] },
    { line: 'text ::error::x', expected: [] },
    { line: '##[error', expected: [] },
  ])('read $expected from $line', ({ line, expected }) => {
    expect([...new Set(commandsIn(line))]).toEqual(expected);
  });
});

describe('neutralLines', () => {
  test('leaves no command in any line of any text', () => {
    fc.assert(
      fc.property(untrusted, (text) => {
        expect(neutralLines(text).flatMap(commandsIn)).toEqual([]);
      }),
      { numRuns: 5000 },
    );
  });

  test('returns lines that the runner does not split further', () => {
    fc.assert(
      fc.property(untrusted, (text) => {
        expect(neutralLines(text).join('')).not.toMatch(/[^\P{Cc}\t]/u);
      }),
    );
  });

  test('changes nothing visible', () => {
    const visible = fc.string({ unit: 'grapheme' }).filter((text) => !/\p{Cc}/u.test(text));
    fc.assert(
      fc.property(visible, (text) => {
        expect(neutralLines(text).join('').replaceAll('\u200b', '')).toBe(text.replaceAll('\u200b', ''));
      }),
    );
  });

  test.each([
    { name: 'keeps ordinary text unchanged', text: 'a: b :: c # d [e]', expected: ['a: b :: c # d [e]'] },
    { name: 'keeps tabs and blank lines', text: 'a\tb\n\nc', expected: ['a\tb', '', 'c'] },
    { name: 'splits at every line end', text: 'a\nb\r\nc\rd', expected: ['a', 'b', 'c', 'd'] },
    { name: 'removes colours', text: '\u001b[31mred\u001b[0m', expected: ['red'] },
    { name: 'removes control characters', text: 'a\u0000\u0007b\u0085', expected: ['ab'] },
    { name: 'breaks a command', text: ' ::error::x', expected: ['\u200b ::error::x'] },
    { name: 'breaks an old command', text: 'x ##[error]y', expected: ['x ##\u200b[error]y'] },
    {
      name: 'breaks a command that was hidden by a control character',
      text: ':\u0000:x::',
      expected: ['\u200b::x::'],
    },
    { name: 'returns one empty line for empty text', text: '', expected: [''] },
  ])('$name', ({ text, expected }) => {
    expect(neutralLines(text)).toEqual(expected);
  });
});
