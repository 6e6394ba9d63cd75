import { isScannerCredential } from '@towpath/ci';
import type { Environment } from '@towpath/flow';

/** Values shorter than this are no credentials, e.g. `true`. */
const minLength = 8;

/** Returns the credentials of all scanners, the longest first. */
export function credentialsOf(env: Environment): readonly string[] {
  const values = Object.entries(env).flatMap(([name, value = '']) =>
    isScannerCredential(name) && value.trim().length >= minLength ? [value.trim()] : [],
  );
  return [...new Set(values)].toSorted((one, other) => other.length - one.length);
}

/**
 * Returns the variables with credentials of one scanner. Programs inherit none of them.
 *
 * @param own the prefix of the variables, e.g. `snyk`
 */
export function credentialVariables(env: Environment, own: string): Environment {
  const prefix = `${own.toUpperCase()}_`;
  const found = Object.entries(env).filter(
    ([name]) => isScannerCredential(name) && name.toUpperCase().startsWith(prefix),
  );
  return Object.fromEntries(found);
}

/** Returns a text without secrets. */
export function redact(text: string, secrets: readonly string[]): string {
  return secrets.reduce((result, secret) => result.replaceAll(secret, '***'), text);
}
