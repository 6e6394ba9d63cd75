/** Runs tasks one after the other, in the order in which they came. */
export class Exclusive {
  #last: Promise<unknown> = Promise.resolve();

  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#last.then(task);
    // Whoever asked for the failed task is told; the next one starts all the same.
    this.#last = result.catch(() => undefined);
    return result;
  }
}
