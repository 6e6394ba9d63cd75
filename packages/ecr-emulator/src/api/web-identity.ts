import { Refusal } from '../refusal.ts';

/** What an OpenID Connect token says, so far as STS repeats it. */
export interface WebIdentity {
  readonly subject: string;
  readonly audience: string;
  readonly issuer: string;
  /** What conditions of a role's trust can ask for. */
  readonly claims: ReadonlyMap<string, string>;
}

/**
 * Claims that STS hands on, of GitHub's beside the standard ones (IAM User Guide, "Available keys for AWS OIDC
 * federation").
 */
const handedOn = [
  ...['sub', 'aud', 'amr'],
  ...['actor', 'actor_id', 'enterprise_id', 'environment', 'job_workflow_ref', 'ref', 'repository'],
  ...['repository_id', 'workflow'],
];

/** The audience that AWS's own clients ask for. */
const audience = 'sts.amazonaws.com';

/**
 * Reads an ID token. Its issuer's keys are not fetched, so its signature is not verified; its form, its audience
 * and its age are.
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
  const claims = handedOn.flatMap((claim) => {
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
