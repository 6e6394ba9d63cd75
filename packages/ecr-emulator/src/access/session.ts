import { randomBytes } from 'node:crypto';
import { Refusal } from '../refusal.ts';
import type { Caller } from './caller.ts';
import type { Secret } from './secret.ts';

/** Temporary credentials of STS. */
export interface Session {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiresAt: Date;
}

interface Grant {
  readonly caller: Caller;
  readonly accessKeyId: string;
  readonly expiresAt: number;
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** @param expiresAt milliseconds since the epoch */
export function issueSession(secret: Secret, caller: Caller, expiresAt: number): Session {
  const letters = [...randomBytes(16)].map((byte) => alphabet[byte % alphabet.length]).join('');
  const grant: Grant = { caller, accessKeyId: `ASIA${letters}`, expiresAt };
  return {
    accessKeyId: grant.accessKeyId,
    secretAccessKey: randomBytes(30).toString('base64'),
    sessionToken: secret.seal(grant),
    expiresAt: new Date(expiresAt),
  };
}

/**
 * Returns the caller of a session token, or undefined if the token is invalid or belongs to another access key.
 *
 * @throws Refusal ExpiredTokenException
 */
export function callerOfSession(
  secret: Secret,
  accessKeyId: string,
  sessionToken: string,
  now: number,
): Caller | undefined {
  const grant = secret.unseal(sessionToken) as Grant | undefined;
  if (grant?.accessKeyId !== accessKeyId) return undefined;
  if (grant.expiresAt <= now) {
    throw new Refusal('ExpiredTokenException', 'The security token included in the request is expired');
  }
  return grant.caller;
}
