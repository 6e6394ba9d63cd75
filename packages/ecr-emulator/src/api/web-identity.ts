import { Refusal } from '../refusal.ts';

/** The content of an OpenID Connect token that STS uses. */
export interface WebIdentity {
  readonly subject: string;
  readonly audience: string;
  readonly issuer: string;
  /** The claims available to conditions of a trust policy. */
  readonly claims: ReadonlyMap<string, string>;
}

/**
 * The claims that STS forwards to conditions: the standard ones and some of GitHub's (IAM User Guide, "Available keys
 * for AWS OIDC federation").
 */
const forwardedClaims = [
  ...['sub', 'aud', 'amr'],
  ...['actor', 'actor_id', 'enterprise_id', 'environment', 'job_workflow_ref', 'ref', 'repository'],
  ...['repository_id', 'workflow'],
];

/** The audience of tokens for AWS. */
const audience = 'sts.amazonaws.com';

/**
 * Reads an ID token and checks its form, audience and age. Does not verify the signature, because that would need the
 * issuer's keys.
 *
 * @param now milliseconds since the epoch
 * @throws Refusal InvalidIdentityToken or ExpiredTokenException
 */
export function verifyWebIdentity(token: string, now: number): WebIdentity {
  const all = claimsOf(token);
  const { iss, sub, aud, exp } = all;
  const audiences: unknown[] = Array.isArray(aud) ? aud : [aud];
  if (typeof iss !== 'string' || typeof sub !== 'string' || typeof exp !== 'number') {
    throw invalid(
      'The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)',
    );
  }
  if (!audiences.includes(audience)) throw invalid('Incorrect token audience');
  if (exp * 1000 <= now) {
    throw new Refusal(
      'ExpiredTokenException',
      `Token expired: current date/time ${Math.floor(now / 1000)} must be before the expiration date/time ${exp}`,
    );
  }
  const claims = forwardedClaims.flatMap((claim) => {
    const value = claim === 'aud' ? audience : all[claim];
    return typeof value === 'string' ? [[claim, value] as const] : [];
  });
  return { subject: sub, audience, issuer: iss.replace(/^https:\/\//, ''), claims: new Map(claims) };
}

function claimsOf(token: string): Readonly<Record<string, unknown>> {
  const parts = token.split('.');
  const payload = parts.length === 3 ? Buffer.from(parts[1] ?? '', 'base64url').toString('utf8') : '';
  try {
    const claims: unknown = JSON.parse(payload);
    if (typeof claims === 'object' && claims !== null) return claims as Readonly<Record<string, unknown>>;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw invalid(
    'The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)',
  );
}

function invalid(message: string): Refusal {
  return new Refusal('InvalidIdentityToken', message);
}
