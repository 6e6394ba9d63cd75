import { setTimeout as sleep } from 'node:timers/promises';
import type { Exchange } from '../http/exchange.ts';
import { Refusal } from '../refusal.ts';
import type { Effect } from './fault.ts';

/** The exceptions of a service by status. */
const failures = {
  429: ['ThrottlingException', 'Rate exceeded'],
  500: ['ServerException', 'We encountered an internal error. Please try again.'],
  503: ['ServiceUnavailableException', 'Service Unavailable'],
} as const;

/**
 * Applies an effect to a request. Immediate effects happen here, effects on bodies are passed to the exchange, and
 * errors of the service are thrown.
 *
 * @throws Refusal
 */
export async function inflict(effect: Effect, exchange: Exchange): Promise<void> {
  switch (effect.kind) {
    case 'reset':
    case 'stall': {
      const { afterBytesIn, afterBytesOut } = effect;
      const act = (): Promise<void> =>
        effect.kind === 'reset' ? reset(exchange, afterBytesOut) : stall(exchange, effect.forMs);
      if (afterBytesIn !== undefined) exchange.shapeIncoming({ after: afterBytesIn, act });
      else if (afterBytesOut !== undefined) exchange.shapeOutgoing({ after: afterBytesOut, act });
      else await act();
      return;
    }
    case 'truncate':
      exchange.shapeOutgoing({ after: effect.afterBytesOut, act: () => end(exchange) });
      return;
    case 'corrupt':
      exchange.shapeOutgoing({ corruptAt: effect.at ?? 0 });
      return;
    case 'slow': {
      const { latencyMs = 0, bytesPerSecond } = effect;
      if (bytesPerSecond !== undefined) {
        exchange.shapeIncoming({ bytesPerSecond });
        exchange.shapeOutgoing({ bytesPerSecond });
      }
      await sleep(latencyMs);
      return;
    }
    case 'status': {
      const [exception, message] = failures[effect.status];
      if (effect.retryAfter !== undefined) exchange.response.setHeader('retry-after', effect.retryAfter);
      throw new Refusal(exception, message);
    }
    case 'exception':
      throw new Refusal(effect.exception, effect.message ?? '');
    case 'expired-token':
      throw exchange.plane === 'api'
        ? new Refusal('ExpiredTokenException', 'The security token included in the request is expired')
        : new Refusal('ExpiredToken', 'Your authorization token has expired. Reauthenticate and try again.');
  }
}

/** The time in milliseconds for sent bytes to arrive. A reset would discard bytes still in transit. */
const arrival = 25;

/** Resets the connection of the client. */
async function reset({ request }: Exchange, bytesOut = 0): Promise<void> {
  if (bytesOut > 0) await sleep(arrival);
  request.socket.resetAndDestroy();
  throw new Disconnected();
}

async function end({ request }: Exchange): Promise<void> {
  await new Promise<void>((resolve) => request.socket.end(resolve));
  request.socket.destroy();
  throw new Disconnected();
}

/** Waits until the time is over or the client disconnects. */
async function stall({ request }: Exchange, milliseconds: number | undefined): Promise<void> {
  const gone = new Promise<never>((_, reject) => {
    request.socket.once('close', () => {
      reject(new Disconnected());
    });
  });
  await Promise.race([gone, sleep(milliseconds ?? 2 ** 31 - 1, undefined, { ref: false })]);
}

/** The connection is closed, which is not a bug of the emulator. */
export class Disconnected extends Error {
  override readonly name = 'Disconnected';
}
