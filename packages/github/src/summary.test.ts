import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { summaryCutter } from './summary.ts';

const limit = 1024 * 1024;
const note = /\n\n_The rest is in the log: a summary holds 1 MiB at most\._\n$/;

/** Returns what a step shows of the parts of its summary, and the rest. */
function cutAll(parts: readonly string[]): { shown: string; rest: string } {
  const cut = summaryCutter();
  const taken = parts.map(cut);
  return { shown: taken.map(({ shown }) => shown).join(''), rest: taken.map(({ rest }) => rest).join('') };
}

describe('summaryCutter', () => {
  test('shows everything that fits', () => {
    expect(cutAll(['# one\n', '# two\n'])).toEqual({ shown: '# one\n# two\n', rest: '' });
  });

  test('cuts at the end of a line and says so', () => {
    const { shown, rest } = cutAll([`${'x'.repeat(99)}\n`.repeat(11_000)]);
    expect(Buffer.byteLength(shown)).toBeLessThanOrEqual(limit);
    expect(Buffer.byteLength(shown)).toBeGreaterThan(limit - 200);
    expect(shown).toMatch(note);
    expect(shown.replace(note, '')).toMatch(/^(x{99}\n)+$/);
    expect(rest).toMatch(/^(x{99}\n)+$/);
  });

  test('adds up the parts, and shows none after the cut', () => {
    const half = `${'x'.repeat(599_999)}\n`;
    const { shown, rest } = cutAll([half, `first\n${half}`, 'small\n']);
    expect(shown).toMatch(/x\nfirst\n\n\n_The rest[^\n]*\n$/);
    expect(rest).toBe(`${half}small\n`);
  });

  test('cuts within a line that is too long, but not within a character', () => {
    const { shown, rest } = cutAll(['🚢'.repeat(300_000)]);
    expect(shown).toMatch(/^(🚢)+\n\n_The rest/u);
    expect(rest).toMatch(/^(🚢)+$/u);
    expect(Buffer.byteLength(shown)).toBeGreaterThan(limit - 200);
  });

  test('shows at most 1 MiB of any parts, and loses nothing', () => {
    const part = fc
      .tuple(
        fc.string({ unit: 'grapheme', minLength: 1, maxLength: 5 }),
        fc.integer({ min: 1, max: 200_000 }),
      )
      .map(([text, times]) => text.repeat(times));
    fc.assert(
      fc.property(fc.array(part, { maxLength: 4 }), (parts) => {
        const { shown, rest } = cutAll(parts);
        expect(Buffer.byteLength(shown)).toBeLessThanOrEqual(limit);
        expect(shown.replace(note, '') + rest === parts.join('')).toBe(true);
      }),
      { numRuns: 30 },
    );
  });
});
