import { CodedError } from '@towpath/errors';

const loopback = new Set(['127.0.0.1', '[::1]', 'localhost']);

/** Returns whether an address is on the local host. */
function isLoopback({ hostname }: URL): boolean {
  return loopback.has(hostname);
}

/**
 * Returns whether data may be sent to an address from a response. It must use https, or both it and the
 * responding server must be on the local host. Addresses with a user and password are rejected.
 *
 * @param peer the address that sent the response
 */
export function isSafe(to: URL, peer: URL): boolean {
  const isPlain = to.protocol === 'http:' && isLoopback(to) && isLoopback(peer);
  return (to.protocol === 'https:' || isPlain) && to.username === '' && to.password === '';
}

/** @throws CodedError `outside-failed` if an address from a response is not allowed */
export function requireSafe(
  to: URL,
  { host, dialled }: { readonly host: string; readonly dialled: URL },
): URL {
  if (isSafe(to, dialled)) return to;
  throw new CodedError(
    'outside-failed',
    `${host} redirects to ${to.protocol}//${to.host}, which is not a plain https address.`,
    {
      hint: `Check what answers as ${host}: a registry redirects to https addresses without a user.`,
    },
  );
}
