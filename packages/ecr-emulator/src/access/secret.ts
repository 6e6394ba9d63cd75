import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { join } from 'node:path';
import { readIfExists, type DataFolder } from '../store/data-folder.ts';

/**
 * Seals what the emulator hands out: authorization tokens, session tokens, download addresses. They outlive a
 * restart as the data does, and nothing needs to be remembered about them.
 */
export class Secret {
  readonly #key: Buffer;

  private constructor(key: Buffer) {
    this.#key = key;
  }

  static async open(data: DataFolder): Promise<Secret> {
    const file = join(data.path, 'secret');
    const kept = await readIfExists(file);
    const hex = kept ?? randomBytes(32).toString('hex');
    if (kept === undefined) await data.write(file, hex);
    return new Secret(Buffer.from(hex, 'hex'));
  }

  /** The seal of a text, in hexadecimal. */
  sign(text: string): string {
    return createHmac('sha256', this.#key).update(text).digest('hex');
  }

  verifies(text: string, seal: string): boolean {
    const expected = Buffer.from(this.sign(text));
    const given = Buffer.from(seal);
    return expected.length === given.length && timingSafeEqual(expected, given);
  }

  /** A text that carries the value. Anybody can read it; nobody else can make one. */
  seal(value: unknown): string {
    const payload = Buffer.from(JSON.stringify(value)).toString('base64url');
    return `${payload}.${this.sign(payload)}`;
  }

  /** The value in a sealed text, or undefined when the seal is not ours. */
  unseal(sealed: string): unknown {
    const [payload = '', seal = ''] = sealed.split('.');
    return this.verifies(payload, seal)
      ? JSON.parse(Buffer.from(payload, 'base64url').toString())
      : undefined;
  }
}
