import { describe, expect, test } from '@jest/globals';
import { groupBySubject } from './groups.ts';

/** Writes `a>b` for an image a that belongs to b. */
const parse = (text: string) =>
  text
    .split(' ')
    .filter((part) => part !== '')
    .map((part) => {
      const [digest = '', belongsTo] = part.split('>');
      return { digest, ...(belongsTo !== undefined && { belongsTo }) };
    });
const show = (text: string) =>
  groupBySubject(parse(text))
    .map(({ image, depth }) => '.'.repeat(depth) + image.digest)
    .join(' ');

describe('images that expire are grouped by the image that they belong to', () => {
  test.each([
    { name: 'no images', images: '', grouped: '' },
    { name: 'images without members keep their order', images: 'b a', grouped: 'b a' },
    { name: 'members follow their image', images: 's>a a b t>b u>a', grouped: 'a .s .u b .t' },
    { name: 'a signature of an attestation', images: 's>p a p>a', grouped: 'a .p ..s' },
    { name: 'a member of an image that stays', images: 's>x a', grouped: 's a' },
    { name: 'images that belong to each other', images: 'c a>b b>a', grouped: 'c a b' },
  ])('$name', ({ images, grouped }) => {
    expect(show(images)).toBe(grouped);
  });

  test('a chain of 100,000 referrers', () => {
    const chain = Array.from({ length: 100_000 }, (_, index) => ({
      digest: String(index),
      ...(index > 0 && { belongsTo: String(index - 1) }),
    }));
    expect(groupBySubject(chain).at(-1)?.depth).toBe(99_999);
  });
});
