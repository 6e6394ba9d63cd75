import { describe, expect, test } from '@jest/globals';
import { retry, TransientError } from './retry.ts';

/** Runs an operation that fails a number of times, and records the waits. */
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

describe('an operation', () => {
  test('is retried while it fails transiently', async () => {
    expect(await trying(new TransientError('reset'), 4)).toMatchObject({ attempts: 5, end: 'done' });
  });

  test('is abandoned after five transient failures', async () => {
    const { attempts, waits, end } = await trying(new TransientError('reset'), Infinity);
    expect({ attempts, end }).toEqual({ attempts: 5, end: 'failed' });
    expect(waits).toHaveLength(4);
  });

  test('is not retried after a permanent failure', async () => {
    expect(await trying(new Error('denied'), Infinity)).toEqual({ attempts: 1, waits: [], end: 'failed' });
  });
});

describe('the wait', () => {
  const limits = [500, 1000, 2000, 4000];

  test('grows and is random, so that clients do not retry at the same time', async () => {
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

  test('is at least the Retry-After, and still random', async () => {
    const runs = await Promise.all(
      Array.from({ length: 50 }, () => trying(new TransientError('429', { retryAfter: 60_000 }), 1)),
    );
    const waits = runs.flatMap((run) => run.waits);
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(60_000);
    expect(Math.max(...waits)).toBeLessThan(60_600);
    expect(new Set(waits).size).toBeGreaterThan(40);
  });

  test('does not start if the Retry-After is too long', async () => {
    const patience = new TransientError('429', { retryAfter: 3_600_000 });
    expect(await trying(patience, Infinity)).toEqual({ attempts: 1, waits: [], end: 'failed' });
  });

  test('ends if the run is cancelled meanwhile', async () => {
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
