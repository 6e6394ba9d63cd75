import { expect, test } from '@jest/globals';
import { severityOf } from './severity.ts';

test.each([
  { word: 'CRITICAL', expected: 'critical' },
  { word: 'HIGH', expected: 'high' },
  { word: 'Medium', expected: 'medium' },
  { word: 'low', expected: 'low' },
  { word: 'INFORMATIONAL', expected: 'informational' },
  { word: 'UNDEFINED', expected: 'undefined' },
  { word: 'Important', expected: 'high' },
  { word: 'moderate', expected: 'medium' },
  { word: 'Negligible', expected: 'informational' },
  { word: 'unimportant', expected: 'informational' },
  { word: 'not yet assigned', expected: 'unknown' },
  { word: 'UNKNOWN', expected: 'unknown' },
  { word: 'none', expected: 'unknown' },
  { word: 'critical ', expected: 'unknown' },
  { word: 'UNTRIAGED', expected: 'unknown' },
  { word: 'CATASTROPHIC', expected: 'unknown' },
  { word: '', expected: 'unknown' },
  { word: undefined, expected: 'unknown' },
])('maps the scanner’s severity $word to $expected', ({ word, expected }) => {
  expect(severityOf(word)).toBe(expected);
});
