import { setTimeout } from 'node:timers/promises';

/** The clock for waits. */
export interface WaitClock {
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** AWS counts requests in real time. */
const realTime: WaitClock = {
  sleep: (milliseconds, signal) => setTimeout(milliseconds, undefined, { signal }),
};

/**
 * Keeps requests below a rate. As many as in one second start at once, and the others at the rate, in the order of the
 * calls (a token bucket). If the process stalls meanwhile, those that became due do not all start at once.
 */
export class RateLimit {
  readonly #perSecond: number;
  readonly #clock: WaitClock;
  #left: number;
  #filled = performance.now();
  #last: Promise<unknown> = Promise.resolve();

  /** @param clock default: real time */
  constructor(perSecond: number, clock = realTime) {
    this.#perSecond = perSecond;
    this.#clock = clock;
    this.#left = perSecond;
  }

  /**
   * Waits until the next request may start.
   *
   * @throws the reason of the signal, or an AbortError, if it is cancelled
   */
  turn(signal?: AbortSignal): Promise<void> {
    const take = () => this.#take(signal);
    const turn = this.#last.then(take, take);
    this.#last = turn;
    return turn;
  }

  async #take(signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    const now = performance.now();
    const refilled = this.#left + ((now - this.#filled) / 1000) * this.#perSecond;
    this.#left = Math.min(this.#perSecond, refilled) - 1;
    this.#filled = now;
    if (this.#left < 0) await this.#clock.sleep((-this.#left / this.#perSecond) * 1000, signal);
  }
}
