import { Refusal } from '../refusal.ts';
import type { Caller } from './caller.ts';
import type { Secret } from './secret.ts';

/** The lifetime of a token in milliseconds (ECR API, GetAuthorizationToken). */
const lifetime = 12 * 60 * 60 * 1000;

/** The content of a token: the caller whose permissions it has, in one region. */
interface Grant {
  /** Undefined for an anonymous token. */
  readonly caller?: Caller;
  readonly region: string;
  readonly expiresAt: number;
}

/** @param now milliseconds since the epoch */
export function issueToken(
  secret: Secret,
  caller: Caller,
  region: string,
  now: number,
): { readonly token: string; readonly expiresAt: Date } {
  const grant: Grant = { caller, region, expiresAt: now + lifetime };
  const token = Buffer.from(`AWS:${secret.seal(grant)}`).toString('base64');
  return { token, expiresAt: new Date(grant.expiresAt) };
}

/**
 * Returns the caller of a token, or undefined for an anonymous token. A token has the permissions of its caller, for all
 * registries of the region.
 *
 * @param credentials base64 of `AWS:` and the password, as in Basic authentication
 * @throws Refusal NotAuthorized, InvalidToken or ExpiredToken
 */
export function callerOf(
  secret: Secret,
  credentials: string,
  region: string,
  now: number,
): Caller | undefined {
  const [user, password = ''] = Buffer.from(credentials, 'base64').toString().split(':', 2);
  if (user !== 'AWS' || password === '') throw notAuthorized();
  const grant = secret.unseal(password) as Grant | undefined;
  if (grant?.region !== region) throw new Refusal('InvalidToken', 'Your Authorization Token is invalid.');
  if (grant.expiresAt <= now) {
    // ECR's message (aws/aws-cli#6580).
    throw new Refusal('ExpiredToken', 'Your authorization token has expired. Reauthenticate and try again.');
  }
  return grant.caller;
}

/** Issues an anonymous token, which public registries give to everyone. */
export function issueAnonymousToken(secret: Secret, region: string, now: number): string {
  return Buffer.from(`AWS:${secret.seal({ region, expiresAt: now + lifetime })}`).toString('base64');
}

/** The refusal of a request without credentials. */
export function notAuthorized(): Refusal {
  return new Refusal('NotAuthorized', 'Not Authorized');
}
