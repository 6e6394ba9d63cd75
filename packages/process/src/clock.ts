import type { Clock } from '@towpath/flow';
import { setTimeout } from 'node:timers/promises';

/** Returns the clock of the system. A cancelled run does not sleep. */
export function systemClock(cancelled: AbortSignal): Clock {
  return {
    now: () => new Date(),
    sleep: async (milliseconds, other) => {
      const either = other === undefined ? cancelled : AbortSignal.any([cancelled, other]);
      await setTimeout(milliseconds, undefined, { signal: either }).catch(() => undefined);
      either.throwIfAborted();
    },
  };
}
