/** The clock for waits. */
export interface PacePort {
  readonly clock: { sleep(milliseconds: number, signal?: AbortSignal): Promise<void> };
}

/** The interval of PutImage, the ECR call with the lowest quota: 10 a second (ECR service quotas). */
const firstInterval = 100;
const longestInterval = 2_000;

/**
 * The request rate for one API of one registry. Requests are not limited until the registry throttles one.
 * Then all requests are spaced out, and the interval shrinks as they succeed.
 */
export class Pace {
  /** Milliseconds between the starts of two requests. */
  #interval = 0;
  #next = 0;
  /** The time of the last change to a longer interval. */
  #slowed = 0;

  /**
   * Waits until the next request may start.
   *
   * @returns the time at which it starts
   */
  async turn({ clock }: PacePort, signal?: AbortSignal): Promise<number> {
    const now = performance.now();
    const begin = Math.max(now, this.#next);
    this.#next = begin + this.#interval;
    if (begin > now) await clock.sleep(begin - now, signal);
    return performance.now();
  }

  /**
   * Records that the registry throttled a request. Requests that were under way together slow down the next ones only
   * once: two dozen of them would otherwise stop an upload for minutes.
   *
   * @param start of the request
   */
  throttled(start: number): void {
    if (start < this.#slowed) return;
    this.#slowed = performance.now();
    this.#interval = Math.min(Math.max(this.#interval * 2, firstInterval), longestInterval);
    this.#next = Math.max(this.#next, performance.now() + this.#interval);
  }

  /** Records that a request succeeded. */
  served(): void {
    this.#interval = this.#interval < 1 ? 0 : this.#interval * 0.9;
  }
}
