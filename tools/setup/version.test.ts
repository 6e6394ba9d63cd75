import { expect, test } from '@jest/globals';
import { isAtLeast } from './version.js';

test.each([
  ['24.21.0', '24.5', true],
  ['24.5.0', '24.5', true],
  ['24.4.1', '24.5', false],
  ['20.20.2', '24.5', false],
  ['26.0.0', '24.5', true],
  ['go1.26.8\n', '1.26.3', true],
  ['go1.9.1', '1.26.3', false],
  ['go1.27', '1.26.3', true],
  ['2:26.1.5+dfsg1-9', '24', true],
  ['20.10.24+dfsg1-1+deb12u1+b6', '24', false],
])('%j satisfies at least %s: %s', (version, least, expected) => {
  expect(isAtLeast(version, least)).toBe(expected);
});
