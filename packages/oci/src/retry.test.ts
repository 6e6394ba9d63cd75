import { describe, expect, test } from '@jest/globals';
import { retry, TransientError } from './retry.ts';

/** Tries something that fails so many times, and notes how long was waited in between. */
async function trying(
  error: Error,
  failures: number,
): Promise<{ attempts: number; waits: number[]; end: string }> {
  const waits: number[] = [];
  let attempts = 0;
  const port = {
    clock: {
      sleep: (milliseconds: number) => {
        waits.push(milliseconds);
        return Promise.resolve();
      },
    },
  };
  const end = await retry(port, () => {
    attempts += 1;
    return attempts > failures ? Promise.resolve('done') : Promise.reject(error);
  }).catch((thrown: unknown) => (thrown === error ? 'failed' : String(thrown)));
  return { attempts, waits, end };
}

describe('what fails', () => {
  test('transiently is tried again until it does not', async () => {
    expect(await trying(new TransientError('reset'), 4)).toMatchObject({ attempts: 5, end: 'done' });
  });

  test('transiently each time is given up after five attempts', async () => {
    const { attempts, waits, end } = await trying(new TransientError('reset'), Infinity);
    expect({ attempts, end }).toEqual({ attempts: 5, end: 'failed' });
    expect(waits).toHaveLength(4);
  });

  test('for good is not tried again', async () => {
    expect(await trying(new Error('denied'), Infinity)).toEqual({ attempts: 1, waits: [], end: 'failed' });
  });
});

describe('the wait', () => {
  const limits = [500, 1000, 2000, 4000];

  test('grows, and is a different one each time: those who failed together do not come back together', async () => {
    const runs = await Promise.all(
      Array.from({ length: 200 }, () => trying(new TransientError('reset'), Infinity)),
    );
    limits.forEach((limit, round) => {
      const waits = runs.map((run) => run.waits[round] ?? NaN).sort((a, b) => a - b);
      expect(new Set(waits).size).toBeGreaterThan(150);
      expect(waits[0]).toBeLessThan(limit * 0.2);
      expect(waits.at(-1)).toBeGreaterThan(limit * 0.8);
      expect(waits.at(-1)).toBeLessThanOrEqual(limit);
    });
  });

  test('is at least what the other side asked for, and still a different one each time', async () => {
    const runs = await Promise.all(
      Array.from({ length: 50 }, () => trying(new TransientError('429', { retryAfter: 60_000 }), 1)),
    );
    const waits = runs.flatMap((run) => run.waits);
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(60_000);
    expect(Math.max(...waits)).toBeLessThan(60_600);
    expect(new Set(waits).size).toBeGreaterThan(40);
  });

  test('is not begun when the other side asks for longer than anybody stays', async () => {
    const patience = new TransientError('429', { retryAfter: 3_600_000 });
    expect(await trying(patience, Infinity)).toEqual({ attempts: 1, waits: [], end: 'failed' });
  });

  test('ends what was tried when the run is cancelled meanwhile', async () => {
    const reason = new Error('cancelled');
    let attempts = 0;
    const attempt = () => {
      attempts += 1;
      return Promise.reject(new TransientError('reset'));
    };
    await expect(retry({ clock: { sleep: () => Promise.reject(reason) } }, attempt)).rejects.toBe(reason);
    expect(attempts).toBe(1);
  });
});
