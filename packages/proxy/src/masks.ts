import { addressesWithPassword, credentialsOf, type Proxy } from './proxy.ts';

/** Shorter texts appear in every log and reveal nothing: a bracket, `dev`, `true`. */
const shortest = 8;

/**
 * A word such as `production`, in lower case, upper case or capitalised. Longer texts than any word may be
 * passwords.
 */
const plainWord = /^(?:\p{L}\p{Ll}{0,23}|\p{Lu}{1,24})$/u;

/**
 * Returns whether a secret text can be masked. A mask replaces the text everywhere. Masking a short text or a
 * plain word would make the log unreadable, and GitHub would drop every job output that contains it.
 */
export function isMaskable(text: string): boolean {
  return text.length >= shortest && !plainWord.test(text);
}

/**
 * Returns the lines of secrets to mask, because steps print line by line. Lines that cannot be masked are omitted.
 */
export function maskableLines(secrets: readonly string[]): readonly string[] {
  const lines = secrets.flatMap((text) => text.split(/[\r\n]+/).map((line) => line.trim()));
  return [...new Set(lines)].filter(isMaskable);
}

/** Returns the texts to mask for a proxy. If no form of a password can be masked, the whole URL is. */
export function proxyMasks(proxy: Proxy): readonly string[] {
  const bare = addressesWithPassword(proxy).filter((address) => !credentialsOf(address).some(isMaskable));
  return [...new Set([...proxy.secrets, ...bare])].filter(isMaskable);
}
