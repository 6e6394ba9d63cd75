import { describe, expect, test } from '@jest/globals';
import { isTag } from '@towpath/reference';
import fc from 'fast-check';
import { toTag } from './tag.ts';

describe('toTag', () => {
  test.each(['latest', 'build-1.0.0', '_x', 'x'.repeat(128), 'feature--x.'])(
    'keeps the valid tag %s',
    (tag) => {
      expect(toTag(tag)).toBe(tag);
    },
  );

  test.each([
    { name: 'a slash', text: 'feature/x', expected: 'feature-x-217d2bf51f16' },
    { name: 'a plus', text: '1.0.0+b1', expected: '1.0.0-b1-6f60017f4654' },
    { name: 'several invalid characters in a row', text: 'a: b', expected: 'a-b-75cd1899337f' },
    { name: 'invalid first characters', text: '.-x', expected: 'x-e155693d103f' },
    { name: 'a hyphen that would be doubled', text: 'feature/', expected: 'feature-128e2f3414bb' },
    { name: 'a letter that is not ASCII', text: 'größe', expected: 'gr-e-d353a2671b67' },
  ])('makes a tag of a text with $name', ({ text, expected }) => {
    expect(toTag(text)).toBe(expected);
  });

  test.each(['', '...', '日本'])('uses only the hash for %j, which has no valid characters', (text) => {
    expect(toTag(text)).toMatch(/^[0-9a-f]{12}$/);
  });

  test('shortens a long text so that the hash fits', () => {
    expect(toTag('x'.repeat(129))).toMatch(/^x{115}-[0-9a-f]{12}$/);
    expect(toTag(`${'x'.repeat(114)}${'-'.repeat(20)}`)).toMatch(/^x{114}-[0-9a-f]{12}$/);
  });

  test('distinguishes texts that differ in an invalid character or after the cut', () => {
    expect(toTag('feature/x')).not.toBe(toTag('feature:x'));
    expect(toTag(`${'x'.repeat(140)}a`)).not.toBe(toTag(`${'x'.repeat(140)}b`));
  });

  test('makes a valid tag of any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        expect(isTag(toTag(text))).toBe(true);
      }),
    );
  });
});
