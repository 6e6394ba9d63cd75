import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { plainCopy } from './plain-copy.ts';

const throughJson = (value: unknown): unknown => JSON.parse(JSON.stringify({ value }));

test('equals the value after it passed through JSON', () => {
  const plain = fc.anything({ withDate: true, withNullPrototype: true, withSparseArray: true });
  fc.assert(
    fc.property(plain, (value) => {
      expect(plainCopy({ value })).toStrictEqual(throughJson(value));
    }),
  );
});

test.each([
  { name: 'a member that is undefined', value: { a: undefined, b: [undefined] } },
  { name: 'numbers that JSON does not have', value: [Number.NaN, Infinity, -0] },
  { name: 'an invalid date', value: new Date(Number.NaN) },
  { name: 'functions and symbols', value: { a: () => 1, b: [Symbol('b')] } },
  { name: 'an own __proto__', value: JSON.parse('{"__proto__":{"polluted":true}}') as unknown },
  { name: 'a map and a set', value: [new Map([[1, 2]]), new Set([1])] },
])('equals $name after it passed through JSON', ({ value }) => {
  expect(plainCopy({ value })).toStrictEqual(throughJson(value));
});

test('shares nothing with the value', () => {
  const value = { list: [{ one: 1 }] };
  const copy = plainCopy(value) as typeof value;
  value.list[0] = { one: 2 };
  expect(copy).toEqual({ list: [{ one: 1 }] });
});

test('does not accept a BigInt, as JSON does not', () => {
  expect(() => plainCopy({ size: 1n })).toThrow(TypeError);
});
