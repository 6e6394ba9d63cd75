import { expect, test } from '@jest/globals';
import { formatPosition } from './problem.ts';

test.each([
  { name: 'a file alone', position: { file: 'towpath.yaml' }, expected: 'towpath.yaml' },
  { name: 'a line', position: { file: 'towpath.yaml', line: 3 }, expected: 'towpath.yaml:3' },
  { name: 'a column', position: { file: 'a/b.yaml', line: 3, column: 7 }, expected: 'a/b.yaml:3:7' },
  {
    name: 'a column without a line, which is left out',
    position: { file: 'towpath.yaml', column: 7 },
    expected: 'towpath.yaml',
  },
])('formats a position in a file as editors link it: $name', ({ position, expected }) => {
  expect(formatPosition(position)).toBe(expected);
});
