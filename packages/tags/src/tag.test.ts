import { describe, expect, test } from '@jest/globals';
import { isTag } from '@towpath/reference';
import fc from 'fast-check';
import { toTag } from './tag.ts';

describe('toTag', () => {
  test.each(['latest', 'build-1.0.0', '_x', 'x'.repeat(128), 'feature--x.'])(
    'leaves the tag %s as it is',
    (tag) => {
      expect(toTag(tag)).toBe(tag);
    },
  );

  test.each([
    { name: 'a slash', text: 'feature/x', expected: 'feature-x-217d2bf51f16' },
    { name: 'a plus', text: '1.0.0+b1', expected: '1.0.0-b1-6f60017f4654' },
    { name: 'several in a row', text: 'a: b', expected: 'a-b-75cd1899337f' },
    { name: 'what may not stand first', text: '.-x', expected: 'x-e155693d103f' },
    { name: 'what would stand doubled', text: 'feature/', expected: 'feature-128e2f3414bb' },
    { name: 'a letter that is not ASCII', text: 'größe', expected: 'gr-e-d353a2671b67' },
  ])('makes a tag of a text with $name', ({ text, expected }) => {
    expect(toTag(text)).toBe(expected);
  });

  test.each(['', '...', '日本'])('makes its hash the tag of %j, which has nothing legible', (text) => {
    expect(toTag(text)).toMatch(/^[0-9a-f]{12}$/);
  });

  test('cuts what is too long, so that the hash still fits', () => {
    expect(toTag('x'.repeat(129))).toMatch(/^x{115}-[0-9a-f]{12}$/);
    expect(toTag(`${'x'.repeat(114)}${'-'.repeat(20)}`)).toMatch(/^x{114}-[0-9a-f]{12}$/);
  });

  test('keeps apart what differs in an unreadable character, or after the cut', () => {
    expect(toTag('feature/x')).not.toBe(toTag('feature:x'));
    expect(toTag(`${'x'.repeat(140)}a`)).not.toBe(toTag(`${'x'.repeat(140)}b`));
  });

  test('makes a tag of any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        expect(isTag(toTag(text))).toBe(true);
      }),
    );
  });
});
