import { expect, test } from '@jest/globals';
import { formatPlace } from './problem.ts';

test.each([
  { name: 'a file alone', place: { file: 'towpath.yaml' }, expected: 'towpath.yaml' },
  { name: 'a line', place: { file: 'towpath.yaml', line: 3 }, expected: 'towpath.yaml:3' },
  { name: 'a column', place: { file: 'a/b.yaml', line: 3, column: 7 }, expected: 'a/b.yaml:3:7' },
  {
    name: 'a column without a line, which is left out',
    place: { file: 'towpath.yaml', column: 7 },
    expected: 'towpath.yaml',
  },
])('formats a position in a file as editors link it: $name', ({ place, expected }) => {
  expect(formatPlace(place)).toBe(expected);
});
