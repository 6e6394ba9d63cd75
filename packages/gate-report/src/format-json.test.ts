import { expect, test } from '@jest/globals';
import { formatJson } from './format-json.ts';

test('indents the upper levels, and writes the rest in one line each', () => {
  const value = {
    verdict: 'fail',
    images: [{ name: 'web', digest: undefined, counts: { high: 1 } }],
    notes: [],
  };
  expect([...formatJson(value, 2)].join('')).toBe(
    [
      '{',
      ' "verdict": "fail",',
      ' "images": [',
      '  {"name":"web","counts":{"high":1}}',
      ' ],',
      ' "notes": []',
      '}\n',
    ].join('\n'),
  );
});

test.each([0, 1, 2, 3, 9])('with %d levels is the same value', (depth) => {
  const value = {
    '"': ['\n', 'ä\u2028', { a: { b: [[], {}, null, 0, -1.5, true] } }],
    none: undefined,
    list: [[1, 2], [[3]]],
  };
  expect(JSON.parse([...formatJson(value, depth)].join(''))).toEqual(JSON.parse(JSON.stringify(value)));
});

test('yields many findings in parts of limited length', () => {
  const value = Array.from({ length: 10_000 }, (_, id) => ({ id, title: 'x'.repeat(100) }));
  const parts = [...formatJson(value, 1)];
  expect(parts.length).toBeGreaterThan(10);
  expect(Math.max(...parts.map(({ length }) => length))).toBeLessThan(70_000);
  expect(JSON.parse(parts.join(''))).toEqual(value);
});
