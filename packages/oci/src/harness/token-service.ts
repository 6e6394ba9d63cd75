import { certificate } from '@towpath/stage';
import { createPrivateKey, randomUUID, sign, X509Certificate } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { scriptedServer, type ScriptedServer } from './scripted-server.ts';

/** The token service of a registry (distribution, "Token Authentication Specification"). */
export interface TokenService extends ScriptedServer {
  /** The login with full access. Requests without it can only read. */
  readonly login: string;
  /** The service's settings for the configuration of distribution. */
  readonly auth: object;
}

interface Access {
  readonly type: string;
  readonly name: string;
  readonly actions: readonly string[];
}

const [issuer, audience] = ['Towpath tests', 'registry.example'];
const login = 'tug:barge';

/**
 * @param certificateFile where to write the certificate with which the registry verifies the service's
 * signature
 */
export async function startTokenService(certificateFile: string): Promise<TokenService> {
  await writeFile(certificateFile, new X509Certificate(certificate.pem).toString());
  const server = await scriptedServer(({ url = '', headers: { authorization } }, response) => {
    const scopes = new URL(url, 'http://token.example').searchParams.getAll('scope');
    if (authorization !== undefined && authorization !== basic(login)) response.writeHead(401).end();
    else response.end(JSON.stringify({ token: issue(scopes, authorization !== undefined) }));
  });
  const realm = `${server.url}/token`;
  return {
    ...server,
    login,
    auth: { token: { realm, service: audience, issuer, rootcertbundle: certificateFile } },
  };
}

export function basic(userAndPassword: string): string {
  return `Basic ${Buffer.from(userAndPassword).toString('base64')}`;
}

/** Returns a JSON Web Token with the requested access. Without a login, it is reduced to what everyone may do. */
function issue(scopes: readonly string[], isKnown: boolean): string {
  const now = Math.floor(Date.now() / 1000);
  const access = scopes.map(parseScope).map(({ type, name, actions }) => ({
    ...{ type, name },
    actions: actions.filter((action) => isKnown || action === 'pull'),
  }));
  const claims = { iss: issuer, aud: audience, sub: 'tug', iat: now, nbf: now, exp: now + 300 };
  const x5c = [new X509Certificate(certificate.pem).raw.toString('base64')];
  const signed = [
    { typ: 'JWT', alg: 'ES256', x5c },
    { ...claims, jti: randomUUID(), access },
  ]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  const key = { key: createPrivateKey(certificate.pem), dsaEncoding: 'ieee-p1363' as const };
  return `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`;
}

/** e.g. `repository:team/app:pull,push`. */
function parseScope(scope: string): Access {
  const [type = '', name = '', actions = ''] = scope.split(':');
  return { type, name, actions: actions.split(',') };
}
