import { expect, test } from '@jest/globals';
import { setTimeout } from 'node:timers/promises';
import { RateLimit } from './rate-limit.ts';

test('as many as in a second start at once, and the others in intervals', async () => {
  const waits: number[] = [];
  const sleep = (milliseconds: number) => {
    waits.push(milliseconds);
    return Promise.resolve();
  };
  const limit = new RateLimit(10, { sleep });
  for (let count = 0; count < 10; count += 1) await limit.turn();
  expect(waits).toEqual([]);
  for (let count = 0; count < 30; count += 1) await limit.turn();
  expect(waits.length).toBeGreaterThan(20);
  // The time that the test itself takes counts, too.
  expect(waits.at(-1)).toBeLessThanOrEqual(3000);
  expect(waits.at(-1)).toBeGreaterThan(1000);
  expect(waits).toEqual(waits.toSorted((one, other) => one - other));
});

test('after a stall of the process, no more than in a second start at once', async () => {
  const limit = new RateLimit(100);
  const starts: number[] = [];
  const turns = Array.from({ length: 350 }, async () => {
    await limit.turn();
    starts.push(performance.now());
  });
  await setTimeout(20);
  const stalled = performance.now();
  while (performance.now() - stalled < 2000);
  await Promise.all(turns);
  const after = starts.filter((start) => start > stalled + 2000);
  const [first = 0] = after;
  const atOnce = after.filter((start) => start < first + 50);
  expect(after.length).toBeGreaterThan(200);
  expect(atOnce.length).toBeLessThanOrEqual(110);
});

test('a cancelled call does not wait, and does not stop the calls after it', async () => {
  const limit = new RateLimit(1);
  await limit.turn();
  const over = new AbortController();
  const [cancelled, next] = [limit.turn(over.signal), limit.turn(AbortSignal.timeout(5000))];
  over.abort();
  await expect(cancelled).rejects.toThrow('aborted');
  await expect(next).resolves.toBeUndefined();
  await expect(limit.turn(AbortSignal.abort())).rejects.toThrow('aborted');
});
