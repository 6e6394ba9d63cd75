import { expect, test } from '@jest/globals';
import { PutRate } from './put-rate.ts';

test('ten start at once, and the others with a tenth of a second between them', async () => {
  const waits: number[] = [];
  const rate = new PutRate({
    sleep: (milliseconds) => {
      waits.push(milliseconds);
      return Promise.resolve();
    },
  });
  for (let count = 0; count < 10; count += 1) await rate.turn();
  expect(waits).toEqual([]);
  for (let count = 0; count < 30; count += 1) await rate.turn();
  expect(waits.length).toBeGreaterThan(20);
  // The time that the test itself takes counts, too.
  expect(waits.at(-1)).toBeLessThanOrEqual(3000);
  expect(waits.at(-1)).toBeGreaterThan(1000);
  expect(waits).toEqual(waits.toSorted((one, other) => one - other));
});

test('a cancelled run does not wait', async () => {
  const rate = new PutRate({
    sleep: (_, signal) =>
      signal?.aborted === true ? Promise.reject(new Error('cancelled')) : Promise.resolve(),
  });
  for (let count = 0; count < 10; count += 1) await rate.turn();
  await expect(rate.turn(AbortSignal.abort())).rejects.toThrow('cancelled');
});
