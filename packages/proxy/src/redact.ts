import { proxyName, type Proxy } from './proxy.ts';

/** The replacement for a secret. */
const masked = '***';

/** Returns a text without the passwords of a proxy. */
export function redactText(text: string, { secrets }: Pick<Proxy, 'secrets'>): string {
  const longestFirst = [...secrets].sort((one, other) => other.length - one.length);
  return longestFirst.reduce((shown, secret) => shown.replaceAll(secret, masked), text);
}

/**
 * Returns an attestation without the values of the proxy. Provenance of mode `max` contains every build arg, as
 * `build-arg:HTTP_PROXY`, and the proxy of every step, as `http_proxy` (BuildKit docs, "SLSA definitions").
 */
export function redactStatement(statement: unknown, proxy: Proxy): unknown {
  if (typeof statement === 'string') return redactText(statement, proxy);
  if (Array.isArray(statement)) return statement.map((item) => redactStatement(item, proxy));
  if (typeof statement !== 'object' || statement === null) return statement;
  return Object.fromEntries(
    Object.entries(statement).map(([key, value]) => [
      key,
      isProxyKey(key) && typeof value === 'string' ? masked : redactStatement(value, proxy),
    ]),
  );
}

function isProxyKey(key: string): boolean {
  return proxyName(key.replace(/^build-arg:/, '')) !== undefined;
}
