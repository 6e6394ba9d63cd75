import { expect, test } from '@jest/globals';
import { defaultValue } from './default-value.ts';

test.each([
  { value: undefined, cell: '' },
  { value: '', cell: '' },
  { value: '256', cell: '`256`' },
  { value: 'default=a\nlinux/arm64=b\n', cell: '`default=a`<br />`linux/arm64=b`' },
])('shows the default $value as $cell', ({ value, cell }) => {
  expect(defaultValue(value)).toBe(cell);
});
