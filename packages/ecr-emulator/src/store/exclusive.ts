/** Runs tasks one after the other, in the order of the calls. */
export class Exclusive {
  #last: Promise<unknown> = Promise.resolve();

  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#last.then(task);
    // The caller gets the error. The next task runs in any case.
    this.#last = result.catch(() => undefined);
    return result;
  }
}
