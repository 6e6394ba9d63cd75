import { describe, expect, test } from '@jest/globals';
import { failing, run, type Tow } from './harness/tow.ts';

describe('the session of a run', () => {
  const sessionOf = (close: () => Promise<void>): Partial<Tow> => ({ open: () => ({ close }) });

  test('is closed at the end, also if the run fails', async () => {
    let closed = 0;
    const close = () => {
      closed += 1;
      return Promise.resolve();
    };
    await run(sessionOf(close));
    await run({ ...sessionOf(close), ...failing(new Error('broken')) });
    expect(closed).toBe(2);
  });

  test('causes a warning if it cannot be closed, and does not change the result', async () => {
    const { green, runtime } = await run(sessionOf(() => Promise.reject(new Error('EBUSY'))));
    expect(green).toBe(true);
    expect(runtime.annotations).toEqual([
      { level: 'warning', message: 'Temporary files of this step could not be removed: EBUSY' },
    ]);
  });

  test('is closed when nothing of the run goes on any more', async () => {
    let signal: AbortSignal | undefined;
    const wasStopped: (boolean | undefined)[] = [];
    const parts: Partial<Tow> = {
      open: (_, runtime) => {
        ({ signal } = runtime);
        return {
          close: () => {
            wasStopped.push(signal?.aborted);
            return Promise.resolve();
          },
        };
      },
    };
    await run(parts);
    await run({ ...parts, ...failing(new Error('broken')) });
    expect(wasStopped).toEqual([true, true]);
  });
});
