import { describe, jest, test } from '@jest/globals';
import { changes, changeThrough, isComplete, kinds, stride, undisturbed } from './harness/faults.ts';

jest.setTimeout(isComplete ? 3_600_000 : 900_000);

describe.each(changes)('$name', (change) => {
  test('with a fault at any request leaves nothing half visible, and a second run completes it', async () => {
    const { requests, end } = await undisturbed(change);
    for (let nth = 1; nth <= requests; nth += stride)
      for (const [index, kind] of kinds.entries())
        if (isComplete || index === nth % kinds.length) await changeThrough(change, kind, nth, end);
  });
});
