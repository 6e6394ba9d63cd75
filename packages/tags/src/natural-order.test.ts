import { expect, test } from '@jest/globals';
import { inNaturalOrder } from './natural-order.ts';

test('sorts texts by the numbers in them', () => {
  expect(['web10', 'web2', 'api', '1.10', '1.9'].sort(inNaturalOrder)).toEqual([
    '1.9',
    '1.10',
    'api',
    'web2',
    'web10',
  ]);
});
