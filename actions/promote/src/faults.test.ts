import { describe, test } from '@jest/globals';
import { changes, changeThrough, kinds, undisturbed } from './harness/faults.ts';

/** Tests a sample with different requests for each kind; `faults.slow.ts` tests all of them. */
const every = 17;

describe.each(changes)('$name', (change) => {
  test.each(kinds.map((kind, index) => ({ ...kind, first: 1 + index })))(
    'with $name at a request leaves nothing half visible, and a second run completes it',
    async ({ first, ...kind }) => {
      const { requests, end } = await undisturbed(change);
      for (let nth = first; nth <= requests; nth += every) await changeThrough(change, kind, nth, end);
    },
    120_000,
  );
});
