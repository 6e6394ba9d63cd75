import { describe, expect, test } from '@jest/globals';
import { applyEdits, lint, ruleIds, rules } from './index.ts';

describe.each(rules.map((rule) => [rule.id, rule] as const))('the rule %s', (id, { example }) => {
  const found = (text: string, options = example.options) =>
    lint({ file: 'Dockerfile', text, options }).findings.map(({ rule }) => rule);
  const goodOptions = example.goodOptions ?? example.options;

  test('reports its bad example', () => {
    expect(found(example.bad)).toContain(id);
  });

  test('does not report its good example', () => {
    expect(found(example.good, goodOptions)).not.toContain(id);
  });

  test('reports nothing else in its good example that fails a step', () => {
    const { findings } = lint({ file: 'Dockerfile', text: example.good, options: goodOptions });
    expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
  });
});

test('lists every rule once, in the order of the ids', () => {
  expect(rules.map(({ id }) => id)).toEqual(ruleIds);
});

test('applies no edit that overlaps another one', () => {
  const edit = (column: number, length: number, text: string) =>
    ({ kind: 'replace', line: 1, column, length, text }) as const;
  expect(applyEdits('abcdef\r\nx\r\n', [edit(0, 3, 'A'), edit(2, 3, 'B'), edit(5, 1, 'F')])).toBe(
    'abBF\r\nx\r\n',
  );
});
