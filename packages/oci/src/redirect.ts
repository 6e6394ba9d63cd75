import { CodedError } from '@towpath/errors';

const loopback = new Set(['127.0.0.1', '[::1]', 'localhost']);

/** Whether an address is on this machine. */
function isLoopback({ hostname }: URL): boolean {
  return loopback.has(hostname);
}

/**
 * Whether bytes may be sent to an address that a peer has named: by https, or on this machine if the peer is on this
 * machine too. An address with a user and a password in it is never followed.
 *
 * @param peer the address that was dialled
 */
export function isSafe(to: URL, peer: URL): boolean {
  const isPlain = to.protocol === 'http:' && isLoopback(to) && isLoopback(peer);
  return (to.protocol === 'https:' || isPlain) && to.username === '' && to.password === '';
}

/** @throws CodedError `outside-failed` if an address that a peer has named must not be used */
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
