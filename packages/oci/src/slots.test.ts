import { expect, test } from '@jest/globals';
import { setImmediate } from 'node:timers/promises';
import { Slots } from './slots.ts';

const MiB = 2 ** 20;

/** Things of these sizes that end when the test says so. */
function things(slots: Slots, sizes: readonly number[]) {
  const begun: number[] = [];
  const ends = new Map<number, (error?: Error) => void>();
  const results = sizes.map((size) =>
    slots.run(size, () => {
      begun.push(size);
      return new Promise<number>((resolve, reject) => {
        ends.set(size, (error) => {
          if (error === undefined) resolve(size);
          else reject(error);
        });
      });
    }),
  );
  for (const result of results) result.catch(() => undefined);
  return { begun, results, end: (size: number, error?: Error) => ends.get(size)?.(error) };
}

test('the biggest are begun first, and the smallest beside them', async () => {
  const { begun, end } = things(new Slots(3), [5 * MiB, 9 * MiB, 1, 7 * MiB, 2]);
  await setImmediate();
  expect(begun).toEqual([9 * MiB, 7 * MiB, 1]);
  end(9 * MiB);
  await setImmediate();
  expect(begun).toEqual([9 * MiB, 7 * MiB, 1, 5 * MiB]);
});

test('a small one that comes late does not wait for large ones', async () => {
  const slots = new Slots(3);
  const { begun } = things(slots, [5 * MiB, 9 * MiB, 7 * MiB]);
  await setImmediate();
  expect(begun).toEqual([9 * MiB, 7 * MiB]);
  const late = things(slots, [10]);
  await setImmediate();
  expect(late.begun).toEqual([10]);
});

test('after a failure nothing is begun, and what was under way ends as it does', async () => {
  const slots = new Slots(3);
  const { begun, results, end } = things(slots, [9 * MiB, 8 * MiB, 7 * MiB]);
  await setImmediate();
  end(9 * MiB, new Error('no'));
  await setImmediate();
  end(8 * MiB);
  await expect(results[0]).rejects.toThrow('no');
  await expect(results[1]).resolves.toBe(8 * MiB);
  await expect(results[2]).rejects.toThrow('no');
  await expect(slots.run(1, () => Promise.resolve())).rejects.toThrow('no');
  expect(begun).toEqual([9 * MiB, 8 * MiB]);
});
