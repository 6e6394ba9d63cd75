import { expect, test } from '@jest/globals';
import { severityOf } from './severity.ts';

test.each([
  { word: 'CRITICAL', expected: 'critical' },
  { word: 'HIGH', expected: 'high' },
  { word: 'Medium', expected: 'medium' },
  { word: 'low', expected: 'low' },
  { word: 'INFORMATIONAL', expected: 'informational' },
  { word: 'UNDEFINED', expected: 'undefined' },
  { word: 'UNTRIAGED', expected: 'undefined' },
  { word: 'CATASTROPHIC', expected: 'undefined' },
  { word: '', expected: 'undefined' },
  { word: undefined, expected: 'undefined' },
])('the scanner’s word $word means $expected', ({ word, expected }) => {
  expect(severityOf(word)).toBe(expected);
});
