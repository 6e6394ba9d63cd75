import * as z from 'zod';
import { parseJson } from './json.ts';
import { isSafe } from './redirect.ts';

/** What a registry asks for in place of a user and a password: a token from somewhere (distribution, "Token Authentication"). */
export interface Challenge {
  readonly realm: URL;
  /** For the query of the request for a token. */
  readonly service: string | undefined;
  readonly scope: string | undefined;
}

/** More than any challenge has; Node takes no longer headers by default either (16 KiB). */
const maxLength = 8 * 1024;

/** A parameter of a challenge, or else the name of a scheme, which begins the next challenge (RFC 9110, 11.6.1). */
const piece =
  /[\s,]*(?:(?<name>[\w!#$%&'*+.^`|~-]+)\s*=\s*(?:"(?<quoted>(?:[^"\\]|\\.)*)"|(?<plain>[^\s",=]+))|(?<scheme>[\w!#$%&'*+.^`|~-]+))[\s,]*/y;

/** Some services call it by its name in OAuth 2. */
const answerSchema = z
  .object({ token: z.string().optional(), access_token: z.string().optional() })
  .transform(({ token, access_token: accessToken }) => token ?? accessToken);

/**
 * The first challenge in a `WWW-Authenticate` header that asks for a token. Undefined if there is none, if the header
 * is malformed, or if its realm is not an absolute https address without a user (http on this machine).
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

/** One header may hold several challenges. None is read from a header with a parameter outside of one, or twice in one. */
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
 * Whether a challenge asks for a token for another repository than those that the request names. Scopes that are of no
 * repository are the registry's own affair, such as `aws` of Amazon ECR Public.
 */
export function asksForOthers({ scope = '' }: Challenge, { pathname, searchParams }: URL): boolean {
  const named = scope
    .split(' ')
    .flatMap((one) => /^repository(?:\([^)]*\))?:(?<name>.*):[^:]*$/.exec(one)?.groups?.name ?? []);
  return named.some((name) => !pathname.startsWith(`/v2/${name}/`) && searchParams.get('from') !== name);
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
