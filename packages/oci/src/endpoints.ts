import { CodedError } from '@towpath/errors';

/**
 * Addresses to connect to instead of a registry's host name: a registry proxy, a VPC endpoint or an emulator.
 * Configuration, tags, outputs and records keep the real names.
 */
export type Endpoints = ReadonlyMap<string, URL>;

const loopback = new Set(['127.0.0.1', '[::1]', 'localhost']);
const variable = 'TOWPATH_REGISTRY_ENDPOINTS';
const hint = `${variable} is JSON: {"111122223333.dkr.ecr.us-east-1.amazonaws.com":"https://registry-proxy.example"}.`;

/**
 * Parses TOWPATH_REGISTRY_ENDPOINTS, JSON of host → URL. Tokens are sent to these addresses, so they must use
 * https or be on the local host.
 *
 * @throws CodedError `input-invalid`
 */
export function parseEndpoints(text: string | undefined): Endpoints {
  if (text === undefined || text.trim() === '') return new Map();
  const entries = Object.entries(parseObject(text)).map(
    ([host, address]) => [parseHost(host), parseAddress(host, address)] as const,
  );
  return new Map(entries);
}

/** Returns the address to connect to for a registry URL. */
export function dial(endpoints: Endpoints, url: URL): URL {
  const endpoint = endpoints.get(url.host);
  return endpoint === undefined ? url : moved(endpoint, `${prefixOf(endpoint)}${url.pathname}`, url.search);
}

/**
 * Resolves a `Location` header to a URL with the registry's real name. If it contains the endpoint address,
 * that is replaced by the registry's name. Returns undefined for an invalid address.
 *
 * @param url of the request, with the registry's real name
 */
export function undial(endpoints: Endpoints, location: string, url: URL): URL | undefined {
  const dialled = dial(endpoints, url);
  const absolute = URL.parse(location, dialled.href);
  const endpoint = endpoints.get(url.host);
  if (absolute === null) return undefined;
  if (endpoint === undefined || absolute.host !== dialled.host) return absolute;
  const prefix = prefixOf(endpoint);
  const { pathname, search } = absolute;
  return moved(url, pathname.startsWith(`${prefix}/`) ? pathname.slice(prefix.length) : pathname, search);
}

/**
 * Sets the parts separately. If a path that starts with two slashes were resolved, it would be read as
 * another host.
 */
function moved(to: URL, pathname: string, search: string): URL {
  return Object.assign(new URL(to.href), { pathname, search });
}

function prefixOf({ pathname }: URL): string {
  return pathname.replace(/\/$/, '');
}

function parseObject(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch (cause) {
    throw new CodedError('input-invalid', `${variable} is not JSON.`, { hint, cause });
  }
  throw new CodedError('input-invalid', `${variable} is not a JSON object.`, { hint });
}

/** A key that is not a host, such as a URL, would never match. */
function parseHost(text: string): string {
  const { host, href } = URL.parse(`https://${text}`) ?? {};
  if (host !== undefined && href === `https://${host}/`) return host;
  throw new CodedError('input-invalid', `${variable} has ${JSON.stringify(text)}, which is not a host.`, {
    hint,
  });
}

function parseAddress(host: string, address: unknown): URL {
  const url = typeof address === 'string' ? URL.parse(address) : null;
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && loopback.has(url.hostname));
  if (url !== null && isSafe && url.username === '' && url.password === '') return url;
  throw new CodedError(
    'input-invalid',
    `${variable} sends ${host} to ${JSON.stringify(url?.origin ?? address)}.`,
    {
      hint: 'It must be an https address, or an http address on this machine, without a user.',
    },
  );
}
