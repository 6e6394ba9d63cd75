import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { join } from 'node:path';
import { readIfExists, type DataFolder } from '../store/data-folder.ts';

/**
 * Signs the tokens and addresses that the emulator issues: authorization tokens, session tokens, download addresses. The
 * key is in the data folder, so they stay valid after a restart and need no storage.
 */
export class Secret {
  readonly #key: Buffer;

  private constructor(key: Buffer) {
    this.#key = key;
  }

  static async open(data: DataFolder): Promise<Secret> {
    const file = join(data.path, 'secret');
    const stored = await readIfExists(file);
    const hex = stored ?? randomBytes(32).toString('hex');
    if (stored === undefined) await data.write(file, hex);
    return new Secret(Buffer.from(hex, 'hex'));
  }

  /** Returns the signature of a text, in hexadecimal. */
  sign(text: string): string {
    return createHmac('sha256', this.#key).update(text).digest('hex');
  }

  verifies(text: string, seal: string): boolean {
    const expected = Buffer.from(this.sign(text));
    const given = Buffer.from(seal);
    return expected.length === given.length && timingSafeEqual(expected, given);
  }

  /** Returns a signed text with the value. The value is readable, but only this emulator can sign it. */
  seal(value: unknown): string {
    const payload = Buffer.from(JSON.stringify(value)).toString('base64url');
    return `${payload}.${this.sign(payload)}`;
  }

  /** Returns the value of a signed text, or undefined if the signature is invalid. */
  unseal(sealed: string): unknown {
    const [payload = '', seal = ''] = sealed.split('.');
    return this.verifies(payload, seal)
      ? JSON.parse(Buffer.from(payload, 'base64url').toString())
      : undefined;
  }
}
