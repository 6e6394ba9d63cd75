import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isRepositoryName } from './repository.ts';

test.each(['ab', 'payroll-engine/backend', 'a.b/c_d/e-f', '0/1', 'a'.repeat(256)])('accepts %s', (name) => {
  expect(isRepositoryName(name)).toBe(true);
});

test.each([
  { name: 'one character', text: 'a' },
  { name: '257 characters', text: 'a'.repeat(257) },
  { name: 'a capital letter', text: 'Payroll' },
  { name: 'two hyphens in a row (valid on Docker Hub)', text: 'a--b' },
  { name: 'two underscores in a row (valid on Docker Hub)', text: 'a__b' },
  { name: 'a separator at the end of a component', text: 'a-/b' },
  { name: 'an empty component', text: 'a//b' },
  { name: 'a leading slash', text: '/ab' },
  { name: 'a trailing slash', text: 'ab/' },
  { name: 'a tag', text: 'ab:1' },
  { name: 'a line end', text: 'ab\n' },
])('rejects $name', ({ text }) => {
  expect(isRepositoryName(text)).toBe(false);
});

test('accepts exactly the names that match the regular expression of the ECR API', () => {
  const published = /^(?:[a-z0-9]+(?:[._-][a-z0-9]+)*\/)*[a-z0-9]+(?:[._-][a-z0-9]+)*$/;
  fc.assert(
    fc.property(fc.stringMatching(/^[aA0./_-]{2,9}$/), (text) => {
      expect(isRepositoryName(text)).toBe(published.test(text));
    }),
    { numRuns: 1000 },
  );
});
