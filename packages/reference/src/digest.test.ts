import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { digestOf, isDigest, parseDigest } from './digest.ts';

const hex = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

test('computes the SHA-256 of text and bytes', () => {
  expect(digestOf('')).toBe(`sha256:${hex}`);
  expect(digestOf(Uint8Array.of())).toBe(`sha256:${hex}`);
});

test('returns a valid digest for any text, the same as for its UTF-8 bytes', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(digestOf(text)).toBe(digestOf(new TextEncoder().encode(text)));
      expect(parseDigest(digestOf(text))).toBe(digestOf(text));
    }),
  );
});

describe('isDigest', () => {
  test.each([
    { name: 'without its algorithm', text: hex },
    { name: 'of another algorithm', text: `sha512:${hex}${hex}` },
    { name: 'in capitals', text: `sha256:${hex.toUpperCase()}` },
    { name: 'too short', text: `sha256:${hex.slice(1)}` },
    { name: 'too long', text: `sha256:${hex}0` },
    { name: 'with a line end', text: `sha256:${hex}\n` },
    { name: 'after other text', text: `x@sha256:${hex}` },
  ])('is false for a digest $name', ({ text }) => {
    expect(isDigest(text)).toBe(false);
    expect(() => parseDigest(text)).toThrow(`not a sha256 digest: ${JSON.stringify(text)}`);
  });

  test('is true for sha256 and any 64 hex digits', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9a-f]{64}$/), (digits) => {
        expect(isDigest(`sha256:${digits}`)).toBe(true);
      }),
    );
  });
});
