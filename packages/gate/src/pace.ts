import { setTimeout } from 'node:timers/promises';

/**
 * The maximum number of requests in a second, and at once. ECR does not publish the quota of DescribeImageScanFindings.
 * Its scarcest calls have 10 a second (ECR service quotas), and other jobs of the account need some of them.
 */
const rate = 8;

/** Spaces requests out so that they stay below a quota of AWS. AWS counts in real time. */
export class Pace {
  /** The time at which the quota has recovered from all requests so far, in milliseconds of `performance.now`. */
  #recoveredAt = 0;

  /** Waits until the next request may be sent. */
  async turn(signal: AbortSignal): Promise<void> {
    const now = performance.now();
    this.#recoveredAt = Math.max(this.#recoveredAt, now) + 1000 / rate;
    const pause = this.#recoveredAt - now - 1000;
    if (pause > 0) await setTimeout(pause, undefined, { signal });
  }
}
