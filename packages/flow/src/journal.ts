/** The writes of a run so far, to show in the error of a failed run. */
export class Journal {
  readonly #entries: string[] = [];

  /** Records a write that was acknowledged, e.g. `tag build-1.0.0 in payroll/backend`. */
  wrote(entry: string): void {
    this.#entries.push(entry);
  }

  get entries(): readonly string[] {
    return this.#entries;
  }
}
