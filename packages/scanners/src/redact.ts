import type { Environment } from '@towpath/flow';

/** Variables with credentials of a scanner, e.g. `SNYK_TOKEN` and `TRIVY_PASSWORD`. */
const credential = /^(?:SNYK|TRIVY|GRYPE)_.*(?:TOKEN|PASSWORD|SECRET|AUTH)/i;

/** Values shorter than this are no credentials, e.g. `true`. */
const minLength = 8;

/** Returns the credentials of all scanners, the longest first. */
export function credentialsOf(env: Environment): readonly string[] {
  const values = Object.entries(env).flatMap(([name, value = '']) =>
    credential.test(name) && value.trim().length >= minLength ? [value.trim()] : [],
  );
  return [...new Set(values)].toSorted((one, other) => other.length - one.length);
}

/**
 * Returns variables that remove the credentials of the other scanners from the environment of a program.
 *
 * @param own the prefix of the variables that the program gets, e.g. `SNYK`. Undefined: none
 */
export function withoutCredentials(env: Environment, own?: string): Environment {
  const others = Object.keys(env).filter(
    (name) =>
      credential.test(name) && (own === undefined || !name.toUpperCase().startsWith(`${own.toUpperCase()}_`)),
  );
  return Object.fromEntries(others.map((name) => [name, undefined]));
}

/** Returns a text without secrets. */
export function redact(text: string, secrets: readonly string[]): string {
  return secrets.reduce((result, secret) => result.replaceAll(secret, '***'), text);
}
