import { Refusal } from '../refusal.ts';
import type { Caller } from './caller.ts';
import type { Secret } from './secret.ts';

/** ECR API, GetAuthorizationToken. */
const lifetime = 12 * 60 * 60 * 1000;

/** What a token says: who may do in a region what the caller may do. */
interface Grant {
  /** Undefined: nobody in particular. */
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
 * Whom a token stands for, undefined for nobody in particular. It is the caller's, not a registry's: it opens every registry of the region that the
 * caller may read.
 *
 * @param credentials base64 of `AWS:` and the password, as Basic authentication sends them
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
    // In ECR's words (aws/aws-cli#6580).
    throw new Refusal('ExpiredToken', 'Your authorization token has expired. Reauthenticate and try again.');
  }
  return grant.caller;
}

/** A token that stands for nobody: public registries give it to everybody. */
export function issueAnonymousToken(secret: Secret, region: string, now: number): string {
  return Buffer.from(`AWS:${secret.seal({ region, expiresAt: now + lifetime })}`).toString('base64');
}

/** What somebody without credentials is told. */
export function notAuthorized(): Refusal {
  return new Refusal('NotAuthorized', 'Not Authorized');
}
