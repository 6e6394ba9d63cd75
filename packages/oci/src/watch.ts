import type { ClientRequest } from 'node:http';
import type { Patience } from './limits.ts';
import { free } from './owned-chunks.ts';
import { spoken } from './response.ts';
import { TransientError } from './retry.ts';

/** A watched request. */
export interface Watch {
  /** Counts the bytes of a body as they are sent, and frees them if nothing else uses them. */
  readonly meter: (isOwner: boolean) => (source: AsyncIterable<Buffer>) => AsyncGenerator<Buffer>;
  /** Call when the whole request is sent. From now on, the response is awaited. */
  sent(): void;
  end(): void;
}

/**
 * Destroys a request that makes too little progress. An idle timeout does not detect a server that sends
 * single bytes.
 */
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
  async function* meter(source: AsyncIterable<Buffer>, isOwner: boolean): AsyncGenerator<Buffer> {
    let unsent: Buffer[] = [];
    for await (const chunk of source) {
      taken += chunk.length;
      yield chunk;
      if (!isOwner) continue;
      unsent.push(chunk);
      // The system has everything that was written.
      if (outgoing.writableLength > 0) continue;
      unsent.forEach(free);
      unsent = [];
    }
  }
  return {
    meter: (isOwner) => (source) => meter(source, isOwner),
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
