import * as z from 'zod';
import { parseJson } from './json.ts';

/** What a registry asks for in place of a user and a password: a token from somewhere (distribution, "Token Authentication"). */
export interface Challenge {
  readonly realm: URL;
  /** For the query of the request for a token. */
  readonly service: string | undefined;
  readonly scope: string | undefined;
}

const parameter = /(?<name>[a-z_]+)="(?<value>[^"]*)"/gi;
const loopback = new Set(['127.0.0.1', '[::1]', 'localhost']);

/** Some services call it by its name in OAuth 2. */
const answerSchema = z
  .object({ token: z.string().optional(), access_token: z.string().optional() })
  .transform(({ token, access_token: accessToken }) => token ?? accessToken);

/**
 * The challenge in a `WWW-Authenticate` header; undefined when it is none that asks for a token, or when its realm is
 * nowhere that credentials may be sent to: it must be https, or on this machine.
 */
export function parseChallenge(header: string | undefined): Challenge | undefined {
  if (header === undefined || !/^bearer\s/i.test(header)) return undefined;
  const parameters = new Map(
    [...header.matchAll(parameter)].map(
      ({ groups }) => [groups?.name?.toLowerCase(), groups?.value] as const,
    ),
  );
  const realm = URL.parse(parameters.get('realm') ?? '');
  if (realm === null || (realm.protocol !== 'https:' && !loopback.has(realm.hostname))) return undefined;
  return { realm, service: parameters.get('service'), scope: parameters.get('scope') };
}

/** The address to ask for a token. */
export function tokenUrl({ realm, service, scope }: Challenge): URL {
  const url = new URL(realm);
  if (service !== undefined) url.searchParams.set('service', service);
  for (const one of scope?.split(' ') ?? []) url.searchParams.append('scope', one);
  return url;
}

/** What a token is asked for, the same text however the registry puts it in order: distribution does so at random. */
export function accessOf({ realm, service, scope = '' }: Challenge): string {
  const access = scope.split(' ').map((one) => {
    const [, resource = one, actions = ''] = /^(.*):([^:]*)$/.exec(one) ?? [];
    return `${resource}:${actions.split(',').sort().join(',')}`;
  });
  return [realm.href, service, ...access.sort()].join(' ');
}

/** The token in the answer of a service; undefined when there is none. */
export function parseToken(bytes: Buffer): string | undefined {
  return answerSchema.safeParse(parseJson(bytes)).data;
}
