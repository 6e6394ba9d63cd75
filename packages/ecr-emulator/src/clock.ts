/** The emulator's clock, which tests can advance. The emulator reads no other clock. */
export class Clock {
  readonly #base: () => number;
  #offset = 0;

  /** @param base milliseconds since the epoch */
  constructor(base: () => number = Date.now) {
    this.#base = base;
  }

  /** Returns milliseconds since the epoch. */
  now(): number {
    return this.#base() + this.#offset;
  }

  advance(milliseconds: number): void {
    this.#offset += milliseconds;
  }
}
