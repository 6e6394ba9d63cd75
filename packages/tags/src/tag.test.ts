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
    { name: 'a slash', text: 'feature/x', expected: 'feature-x-217d2bf' },
    { name: 'a plus', text: '1.0.0+b1', expected: '1.0.0-b1-6f60017' },
    { name: 'several in a row', text: 'a: b', expected: 'a-b-75cd189' },
    { name: 'what may not stand first', text: '.-x', expected: 'x-e155693' },
    { name: 'what would stand doubled', text: 'feature/', expected: 'feature-128e2f3' },
    { name: 'a letter that is not ASCII', text: 'größe', expected: 'gr-e-d353a26' },
  ])('makes a tag of a text with $name', ({ text, expected }) => {
    expect(toTag(text)).toBe(expected);
  });

  test.each(['', '...', '日本'])('makes its hash the tag of %j, which has nothing legible', (text) => {
    expect(toTag(text)).toMatch(/^[0-9a-f]{7}$/);
  });

  test('cuts what is too long, so that the hash still fits', () => {
    expect(toTag('x'.repeat(129))).toMatch(/^x{120}-[0-9a-f]{7}$/);
    expect(toTag(`${'x'.repeat(119)}${'-'.repeat(10)}`)).toMatch(/^x{119}-[0-9a-f]{7}$/);
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
