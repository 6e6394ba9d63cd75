import { expect, test } from '@jest/globals';
import { Pace } from './pace.ts';

/** Returns a pace, and a function that returns how long each request waited. */
function paced(): { readonly pace: Pace; readonly ask: (count: number) => Promise<number[]> } {
  const pace = new Pace();
  const ask = async (count: number): Promise<number[]> => {
    const waits: number[] = [];
    for (let index = 0; index < count; index += 1) {
      let waited = 0;
      const sleep = (milliseconds: number) => {
        waited = milliseconds;
        return Promise.resolve();
      };
      await pace.turn({ clock: { sleep } });
      waits.push(Math.round(waited / 100) * 100);
    }
    return waits;
  };
  return { pace, ask };
}

test('does not wait before the first throttled request', async () => {
  const { ask } = paced();
  expect(await ask(5)).toEqual([0, 0, 0, 0, 0]);
});

test('spaces out all requests after throttling, and more after the next one', async () => {
  const { pace, ask } = paced();
  pace.throttled(performance.now());
  expect(await ask(3)).toEqual([100, 200, 300]);
  pace.throttled(performance.now());
  expect((await ask(2)).map((wait) => wait > 300)).toEqual([true, true]);
});

test('slows down once for requests that were under way together', async () => {
  const { pace, ask } = paced();
  const start = performance.now();
  for (let index = 0; index < 24; index += 1) pace.throttled(start);
  expect(await ask(3)).toEqual([100, 200, 300]);
});

test('shortens the interval after successful requests', async () => {
  const { pace, ask } = paced();
  pace.throttled(performance.now());
  for (let index = 0; index < 60; index += 1) pace.served();
  const [first = 0, ...others] = await ask(4);
  expect(others.every((wait) => wait === first)).toBe(true);
});
