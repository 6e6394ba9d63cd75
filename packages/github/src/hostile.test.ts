import { expect, test } from '@jest/globals';
import { neutralLines } from './neutral.ts';

test.each([
  { name: 'escapes', text: '\u001b'.repeat(200_000) },
  { name: 'open sequences', text: '\u001b[0;1;'.repeat(40_000) },
  { name: 'titles', text: '\u001b]0;a;b'.repeat(30_000) },
  { name: 'semicolons', text: `\u001b${';'.repeat(200_000)}x` },
  { name: 'spaces before a command', text: `${' '.repeat(200_000)}x` },
  { name: 'spaces between words', text: `a${' '.repeat(200_000)}b` },
  { name: 'returns', text: '\r'.repeat(200_000) },
])('a line of many $name is made safe in time', ({ text }) => {
  const started = performance.now();
  expect(neutralLines(text).join('')).not.toContain('\u001b');
  expect(performance.now() - started).toBeLessThan(5000);
});

test('colours go from a long line, too', () => {
  const line = '\u001b[31mred\u001b[0m '.repeat(500);
  expect(neutralLines(line)).toEqual(['red '.repeat(500)]);
});
