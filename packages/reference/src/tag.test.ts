import { expect, test } from '@jest/globals';
import { isTag } from './tag.ts';

test.each(['latest', 'build-1.0.0', '_1', '1.0', 'A.b-C_d', 'x'.repeat(128)])('accepts %s', (text) => {
  expect(isTag(text)).toBe(true);
});

test.each([
  { name: 'an empty text', text: '' },
  { name: '129 characters', text: 'x'.repeat(129) },
  { name: 'a leading dot', text: '.1' },
  { name: 'a leading hyphen', text: '-1' },
  { name: 'a slash', text: 'feature/x' },
  { name: 'a plus sign', text: '1.0+build' },
  { name: 'a letter that is not ASCII', text: 'é' },
  { name: 'a line end', text: 'latest\n' },
])('rejects $name', ({ text }) => {
  expect(isTag(text)).toBe(false);
});
