import { describe, jest, test } from '@jest/globals';
import { kinds, publishThrough, undisturbed } from './harness/publication.ts';

jest.setTimeout(300_000);

describe.each(kinds)('$name', (kind) => {
  test('leaves no wrong tag at any request, and a second run completes the publication', async () => {
    const { requests, end } = await undisturbed();
    for (let nth = 1; nth <= requests; nth += 1) await publishThrough(kind, nth, end);
  });
});
