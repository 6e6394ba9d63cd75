import type { ClientRequest } from 'node:http';
import type { Patience } from './limits.ts';
import { spoken } from './response.ts';
import { TransientError } from './retry.ts';

/** A request under watch. */
export interface Watch {
  /** Counts the body on its way. */
  readonly meter: (source: AsyncIterable<Buffer>) => AsyncGenerator<Buffer>;
  /** The whole request is sent: now the answer is waited for. */
  sent(): void;
  end(): void;
}

/** Watches that a request makes progress, and destroys it if not: a peer that takes a byte now and then is never idle. */
export function watchOf(outgoing: ClientRequest, patience: Patience, deadline: number, host: string): Watch {
  const { answer, window, rate, request } = patience;
  const whole = setTimeout(
    () => {
      outgoing.destroy(new TransientError(`${host} took more than ${spoken(request)} for one request`));
    },
    Math.max(0, deadline - performance.now()),
  );
  let taken = 0;
  let before = 0;
  const slow = setInterval(() => {
    if (taken - before < (rate * window) / 1000)
      outgoing.destroy(new TransientError(`${host} took less than ${rate} bytes a second`));
    before = taken;
  }, window);
  let late: NodeJS.Timeout | undefined;
  async function* meter(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of source) {
      taken += chunk.length;
      yield chunk;
    }
  }
  return {
    meter,
    sent(): void {
      clearInterval(slow);
      late = setTimeout(() => {
        outgoing.destroy(new TransientError(`${host} did not answer within ${answer / 1000} s`));
      }, answer);
    },
    end(): void {
      clearTimeout(whole);
      clearInterval(slow);
      clearTimeout(late);
    },
  };
}
