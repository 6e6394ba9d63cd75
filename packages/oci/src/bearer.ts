import * as z from 'zod';
import { parseJson } from './json.ts';
import { isSafe } from './redirect.ts';

/**
 * A registry's request for a bearer token instead of a user and password (distribution, "Token
 * Authentication").
 */
export interface Challenge {
  readonly realm: URL;
  /** A parameter of the token request. */
  readonly service: string | undefined;
  readonly scope: string | undefined;
}

/** The maximum length of a challenge, in bytes. Node's default for all headers is 16 KiB. */
const maxLength = 8 * 1024;

/** A parameter of a challenge, or the scheme name that begins the next challenge (RFC 9110, 11.6.1). */
const piece =
  /[\s,]*(?:(?<name>[\w!#$%&'*+.^`|~-]+)\s*=\s*(?:"(?<quoted>(?:[^"\\]|\\.)*)"|(?<plain>[^\s",=]+))|(?<scheme>[\w!#$%&'*+.^`|~-]+))[\s,]*/y;

/** Some services use the OAuth 2 name, `access_token`. */
const answerSchema = z
  .object({ token: z.string().optional(), access_token: z.string().optional() })
  .transform(({ token, access_token: accessToken }) => token ?? accessToken);

/**
 * Returns the first challenge in a `WWW-Authenticate` header that requests a token. Returns undefined if
 * there is none or if the header is malformed. The realm must be an absolute https URL without a user; http
 * is allowed on the local host.
 */
export function parseChallenge(header: string | undefined): Challenge | undefined {
  const parameters = challengesIn(header ?? '').find(({ scheme }) => scheme === 'bearer')?.parameters;
  const realm = URL.parse(parameters?.get('realm') ?? '');
  if (parameters === undefined || realm === null || !isSafe(realm, realm)) return undefined;
  return { realm, service: parameters.get('service'), scope: parameters.get('scope') };
}

interface Parameters {
  readonly scheme: string;
  readonly parameters: Map<string, string>;
}

/** Parses all challenges of a header. Returns none if a parameter is outside a challenge or is repeated in one. */
function challengesIn(header: string): readonly Parameters[] {
  if (header.length > maxLength) return [];
  const challenges: Parameters[] = [];
  const sticky = new RegExp(piece);
  while (sticky.lastIndex < header.length) {
    const found = sticky.exec(header)?.groups;
    if (found === undefined) return [];
    const { scheme, quoted, plain = '' } = found;
    const name = found.name?.toLowerCase();
    if (name === undefined) {
      challenges.push({ scheme: scheme?.toLowerCase() ?? '', parameters: new Map() });
      continue;
    }
    const current = challenges.at(-1)?.parameters;
    if (current === undefined || current.has(name)) return [];
    current.set(name, quoted?.replace(/\\(.)/g, '$1') ?? plain);
  }
  return challenges;
}

/**
 * Returns whether a challenge requests a token for repositories other than those in the request. Scopes of
 * other types are allowed, such as `aws` of Amazon ECR Public.
 */
export function asksForOthers({ scope = '' }: Challenge, { pathname, searchParams }: URL): boolean {
  const named = scope
    .split(' ')
    .flatMap((one) => /^repository(?:\([^)]*\))?:(?<name>.*):[^:]*$/.exec(one)?.groups?.name ?? []);
  return named.some((name) => !pathname.startsWith(`/v2/${name}/`) && searchParams.get('from') !== name);
}

/** Returns the URL of the token request. */
export function tokenUrl({ realm, service, scope }: Challenge): URL {
  const url = new URL(realm);
  if (service !== undefined) url.searchParams.set('service', service);
  for (const one of scope?.split(' ') ?? []) url.searchParams.append('scope', one);
  return url;
}

/**
 * Returns a key for the access of a challenge. It does not depend on the order of actions, which distribution
 * randomizes.
 */
export function accessOf({ realm, service, scope = '' }: Challenge): string {
  const access = scope.split(' ').map((one) => {
    const [, resource = one, actions = ''] = /^(.*):([^:]*)$/.exec(one) ?? [];
    return `${resource}:${actions.split(',').sort().join(',')}`;
  });
  return [realm.href, service, ...access.sort()].join(' ');
}

/** Returns the token in the response of a token service, or undefined if there is none. */
export function parseToken(bytes: Buffer): string | undefined {
  return answerSchema.safeParse(parseJson(bytes)).data;
}
