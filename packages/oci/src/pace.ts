/** What waiting needs from outside. */
export interface PacePort {
  readonly clock: { sleep(milliseconds: number, signal?: AbortSignal): Promise<void> };
}

/** The rate that ECR grants the scarcest of its calls, PutImage: 10 a second (ECR service quotas). */
const firstInterval = 100;
const longestInterval = 2_000;

/**
 * How fast one API of one registry is asked: as fast as possible until it says that it is too fast. Then all requests
 * to it keep a distance, not only the one that was refused, and come closer again as they succeed.
 */
export class Pace {
  /** Milliseconds from the beginning of one request to that of the next. */
  #interval = 0;
  #next = 0;

  /** Waits until it is one's turn. */
  async turn({ clock }: PacePort, signal?: AbortSignal): Promise<void> {
    const now = performance.now();
    const begin = Math.max(now, this.#next);
    this.#next = begin + this.#interval;
    if (begin > now) await clock.sleep(begin - now, signal);
  }

  /** A request was refused because there were too many. */
  throttled(): void {
    this.#interval = Math.min(Math.max(this.#interval * 2, firstInterval), longestInterval);
    this.#next = Math.max(this.#next, performance.now() + this.#interval);
  }

  /** A request was served. */
  served(): void {
    this.#interval = this.#interval < 1 ? 0 : this.#interval * 0.9;
  }
}
