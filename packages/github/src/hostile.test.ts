import { describe, expect, test } from '@jest/globals';
import { fuzz, inTime, survivesAttacks } from '@towpath/fuzz';
import { neutralLines } from '@towpath/process';
import { summaryCutter } from './summary.ts';

const corpus = new URL('./hostile.corpus.json', import.meta.url);

const writers: readonly { name: string; write: (text: string) => unknown; pieces: readonly string[] }[] = [
  {
    name: 'a log',
    write: neutralLines,
    pieces: ['\u001b[0;1;', '\u001b]0;a;b', '\u001b;', '\u009b', '::error::', '##[', '\r'],
  },
  { name: 'a summary', write: (text) => summaryCutter()(text), pieces: ['# a\n', '𝒳'] },
];

describe.each(writers)('$name', ({ name, write, pieces }) => {
  test('ends in time for any repeated input', () => {
    survivesAttacks(write, pieces);
  });

  test('ends in time for any mixed input', () => {
    fuzz(write, pieces, { file: corpus, name });
  });
});

test.each([
  { name: 'escapes', text: '\u001b'.repeat(200_000) },
  { name: 'open sequences', text: '\u001b[0;1;'.repeat(40_000) },
  { name: 'titles', text: '\u001b]0;a;b'.repeat(30_000) },
  { name: 'semicolons', text: `\u001b${';'.repeat(200_000)}x` },
  { name: 'spaces before a command', text: `${' '.repeat(200_000)}x` },
  { name: 'spaces between words', text: `a${' '.repeat(200_000)}b` },
  { name: 'returns', text: '\r'.repeat(200_000) },
])('neutralises a line of many $name in time', ({ text }) => {
  expect(inTime(() => neutralLines(text)).join('')).not.toContain('\u001b');
});

test('removes colours from a long line too', () => {
  const line = '\u001b[31mred\u001b[0m '.repeat(500);
  expect(neutralLines(line)).toEqual(['red '.repeat(500)]);
});
