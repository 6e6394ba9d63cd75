import { expect, test } from '@jest/globals';
import { setTimeout } from 'node:timers/promises';
import { forAll } from './for-all.ts';
import { waitForAll } from './wait-for-all.ts';

test('returns the results in the order of the items', async () => {
  const results = await forAll([30, 1, 10], async (milliseconds) => {
    await setTimeout(milliseconds);
    return milliseconds;
  });
  expect(results).toEqual([30, 1, 10]);
});

test('returns lists and undefined unchanged', async () => {
  await expect(forAll([[1], undefined], (item) => Promise.resolve(item))).resolves.toEqual([[1], undefined]);
});

test('runs at most as many at the same time as the limit', async () => {
  let running = 0;
  let most = 0;
  await forAll(
    Array.from({ length: 20 }),
    async () => {
      most = Math.max(most, (running += 1));
      await setTimeout(1);
      running -= 1;
    },
    { limit: 3 },
  );
  expect(most).toBe(3);
});

test('aborts the others after the first failure, waits for them, and starts no more', async () => {
  const events: string[] = [];
  const run = forAll(
    ['waits', 'fails', 'never'],
    async (item, signal) => {
      events.push(`${item} starts`);
      if (item === 'fails') throw new Error('refused');
      await setTimeout(60_000, undefined, { signal }).catch(() => undefined);
      await setTimeout(5);
      events.push(`${item} ends`);
    },
    { limit: 2 },
  );
  await expect(run).rejects.toThrow('refused');
  expect(events).toEqual(['waits starts', 'fails starts', 'waits ends']);
});

test('throws the first failure, not those that follow from it', async () => {
  const run = forAll(['second', 'first'], async (item, signal) => {
    if (item === 'first') throw new Error('first');
    await setTimeout(60_000, undefined, { signal });
  });
  await expect(run).rejects.toThrow('first');
});

test('aborts all with the reason of an outside signal', async () => {
  const cancelled = new AbortController();
  const run = forAll([1, 2], (_, signal) => setTimeout(60_000, undefined, { signal }), {
    signal: cancelled.signal,
  });
  cancelled.abort(new Error('cancelled'));
  await expect(run).rejects.toThrow(/cancelled|aborted/);
  const late = forAll([1], () => Promise.resolve(1), { signal: cancelled.signal });
  await expect(late).rejects.toThrow('cancelled');
});

test('waits for all promises before it throws the failure of one', async () => {
  let hasEnded = false;
  const slow = setTimeout(5).then(() => (hasEnded = true));
  await expect(waitForAll([Promise.reject(new Error('refused')), slow])).rejects.toThrow('refused');
  expect(hasEnded).toBe(true);
  await expect(waitForAll([Promise.resolve('a'), 1])).resolves.toEqual(['a', 1]);
});
