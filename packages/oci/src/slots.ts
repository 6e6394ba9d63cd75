interface Job {
  readonly size: number;
  readonly start: () => Promise<void>;
  readonly cancel: (reason: unknown) => void;
}

/** What is no longer than this, in bytes, is small: it takes no time to speak of once it is its turn. */
const small = 2 ** 20;

/**
 * Does so many things at a time, the biggest first: what takes longest is begun soonest. One slot is kept for small
 * ones, so that they never wait behind large ones.
 */
export class Slots {
  readonly #waiting: Job[] = [];
  readonly #free: { any: number; small: number };
  #failure: { readonly reason: unknown } | undefined;

  /** @param count at least two */
  constructor(count: number) {
    this.#free = { any: count - 1, small: 1 };
  }

  /**
   * Does something when it is its turn.
   *
   * @param size by which it is compared with what waits beside it, in bytes
   * @throws what `act` throws; or, without having begun it, the first failure that there was
   */
  run<T>(size: number, act: () => Promise<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const start = async (): Promise<void> => {
      try {
        resolve(await act());
      } catch (error) {
        this.#failure ??= { reason: error };
        reject(error);
      }
    };
    this.#waiting.push({ size, start, cancel: reject });
    // Whatever comes at the same time is compared before the first is begun.
    queueMicrotask(() => {
      this.#fill();
    });
    return promise;
  }

  #fill(): void {
    if (this.#failure !== undefined) {
      for (const { cancel } of this.#waiting.splice(0)) cancel(this.#failure.reason);
      return;
    }
    const bySize = this.#waiting.toSorted((one, other) => other.size - one.size);
    for (const job of bySize.slice(0, this.#free.any)) this.#begin(job, 'any');
    const smallest = bySize.at(-1);
    if (
      this.#free.small > 0 &&
      smallest !== undefined &&
      smallest.size <= small &&
      this.#waiting.includes(smallest)
    )
      this.#begin(smallest, 'small');
  }

  #begin(job: Job, slot: 'any' | 'small'): void {
    this.#waiting.splice(this.#waiting.indexOf(job), 1);
    this.#free[slot] -= 1;
    void job.start().then(() => {
      this.#free[slot] += 1;
      this.#fill();
    });
  }
}
