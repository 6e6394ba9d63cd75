import { addressesWithPassword, credentialsOf, type Proxy } from './proxy.ts';

/** Shorter texts stand in every log, and mean nothing by themselves: a bracket, `dev`, `true`. */
const shortest = 8;

/** A word such as `production`, in lower or upper case or with a capital. Longer than any word is a password. */
const plainWord = /^(?:\p{L}\p{Ll}{0,23}|\p{Lu}{1,24})$/u;

/**
 * Whether a secret text is masked. A mask replaces the text everywhere: that of a short text or of a plain word would
 * blank the log, and GitHub would drop every job output that contains it.
 */
export function isMaskable(text: string): boolean {
  return text.length >= shortest && !plainWord.test(text);
}

/** What is masked of secrets: each of their lines that can be, because steps print line by line. */
export function maskableLines(secrets: readonly string[]): readonly string[] {
  const lines = secrets.flatMap((text) => text.split(/[\r\n]+/).map((line) => line.trim()));
  return [...new Set(lines)].filter(isMaskable);
}

/** What is masked of a proxy. Where no form of a password can be, the whole address is. */
export function proxyMasks(proxy: Proxy): readonly string[] {
  const bare = addressesWithPassword(proxy).filter((address) => !credentialsOf(address).some(isMaskable));
  return [...new Set([...proxy.secrets, ...bare])].filter(isMaskable);
}
