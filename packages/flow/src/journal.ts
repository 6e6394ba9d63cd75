/** What a run has written outside so far, for the person who reads why it stopped. */
export class Journal {
  readonly #entries: string[] = [];

  /** Notes one write that has been acknowledged, e.g. `tag build-1.0.0 in payroll/backend`. */
  wrote(entry: string): void {
    this.#entries.push(entry);
  }

  get entries(): readonly string[] {
    return this.#entries;
  }
}
