import { expect, test } from '@jest/globals';
import { formatPlace } from './problem.ts';

test.each([
  { name: 'a file alone', place: { file: 'towpath.yaml' }, expected: 'towpath.yaml' },
  { name: 'a line', place: { file: 'towpath.yaml', line: 3 }, expected: 'towpath.yaml:3' },
  { name: 'a column', place: { file: 'a/b.yaml', line: 3, column: 7 }, expected: 'a/b.yaml:3:7' },
  {
    name: 'a column without its line, which says nothing',
    place: { file: 'towpath.yaml', column: 7 },
    expected: 'towpath.yaml',
  },
])('a place is written as editors link it: $name', ({ place, expected }) => {
  expect(formatPlace(place)).toBe(expected);
});
