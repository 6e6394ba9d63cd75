/** PutImage a second in one account and region (ECR service quotas). Manifests over the registry API count, too. */
const perSecond = 10;

/** The clock for waits. */
export interface PutClock {
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/**
 * The rate of PutImage in one region. The first ten start at once, as ECR allows, and the others at the quota, so that ECR
 * throttles none of many images. The SDK would slow down far more after the first one that is throttled.
 */
export class PutRate {
  readonly #clock: PutClock;
  #left = perSecond;
  #filled = performance.now();

  constructor(clock: PutClock) {
    this.#clock = clock;
  }

  /** Waits until the next PutImage may start. */
  async turn(signal?: AbortSignal): Promise<void> {
    const now = performance.now();
    this.#left = Math.min(perSecond, this.#left + ((now - this.#filled) / 1000) * perSecond) - 1;
    this.#filled = now;
    if (this.#left < 0) await this.#clock.sleep((-this.#left / perSecond) * 1000, signal);
  }
}
