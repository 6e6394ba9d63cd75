import { expect, test } from '@jest/globals';
import { setImmediate } from 'node:timers/promises';
import { forEach } from './for-each.ts';

/** Work that a test ends by hand. */
function bench(count: number, concurrency: number) {
  const begun: number[] = [];
  const ends = Array.from({ length: count }, () => Promise.withResolvers<undefined>());
  const items = Array.from(ends.keys());
  const done = forEach(items, concurrency, async (item) => {
    begun.push(item);
    await ends[item]?.promise;
  });
  let settled = false;
  const note = () => {
    settled = true;
  };
  done.then(note, note);
  return {
    begun,
    done,
    isSettled: () => settled,
    end: async (item: number) => {
      ends[item]?.resolve(undefined);
      await setImmediate();
    },
    fail: async (item: number) => {
      ends[item]?.reject(new Error(`failure of ${item}`));
      await setImmediate();
    },
  };
}

test('so many are under way, and the next is begun when one has ended', async () => {
  const { begun, done, end } = bench(4, 2);
  expect(begun).toEqual([0, 1]);
  await end(1);
  expect(begun).toEqual([0, 1, 2]);
  await Promise.all([0, 2, 3].map(end));
  await done;
  expect(begun).toEqual([0, 1, 2, 3]);
});

test('after a failure nothing is begun, and what is under way ends before the failure is thrown', async () => {
  const { begun, done, end, fail, isSettled } = bench(6, 3);
  await fail(1);
  await end(0);
  expect(begun).toEqual([0, 1, 2]);
  expect(isSettled()).toBe(false);
  await end(2);
  await expect(done).rejects.toThrow('failure of 1');
  expect(begun).toEqual([0, 1, 2]);
});

test('of several failures the first counts', async () => {
  const { done, fail } = bench(2, 2);
  await fail(1);
  await fail(0);
  await expect(done).rejects.toThrow('failure of 1');
});

test('nothing is done for nothing', async () => {
  await expect(bench(0, 2).done).resolves.toBeUndefined();
});
