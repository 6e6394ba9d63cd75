/** The time as the emulator sees it. A test may set it forward; nothing in the emulator reads another clock. */
export class Clock {
  readonly #base: () => number;
  #ahead = 0;

  /** @param base milliseconds since the epoch */
  constructor(base: () => number = Date.now) {
    this.#base = base;
  }

  /** Milliseconds since the epoch. */
  now(): number {
    return this.#base() + this.#ahead;
  }

  /** @param milliseconds how far the clock jumps forward */
  advance(milliseconds: number): void {
    this.#ahead += milliseconds;
  }
}
