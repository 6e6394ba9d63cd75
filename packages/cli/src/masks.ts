/** Replaces secrets by `***` in everything that is printed. */
export class Masks {
  readonly #secrets = new Set<string>();

  /** Masks the value and each of its lines. */
  add(secret: string): void {
    for (const text of [secret, ...secret.split(/\r?\n/)]) if (text.trim() !== '') this.#secrets.add(text);
  }

  /** Returns the text without secrets. A longer secret is replaced before one that it contains. */
  apply(text: string): string {
    const secrets = [...this.#secrets].sort((one, other) => other.length - one.length);
    return secrets.reduce((result, secret) => result.replaceAll(secret, '***'), text);
  }

  /** Returns the data with the texts in it masked. */
  applyTo(data: unknown): unknown {
    if (typeof data === 'string') return this.apply(data);
    if (Array.isArray(data)) return data.map((item) => this.applyTo(item));
    if (typeof data !== 'object' || data === null) return data;
    return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, this.applyTo(value)]));
  }
}
