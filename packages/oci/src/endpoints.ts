import { CodedError } from '@towpath/errors';

/**
 * Where registry hosts are dialled, when it is not at their own name: a registry proxy, a VPC endpoint, an
 * emulator. Names in configuration, tags, outputs and records stay the real ones.
 */
export type Endpoints = ReadonlyMap<string, URL>;

const loopback = new Set(['127.0.0.1', '[::1]', 'localhost']);
const variable = 'TOWPATH_REGISTRY_ENDPOINTS';
const hint = `${variable} is JSON: {"111122223333.dkr.ecr.us-east-1.amazonaws.com":"https://registry-proxy.example"}.`;

/**
 * Parses TOWPATH_REGISTRY_ENDPOINTS, JSON of host → URL. Tokens travel to these addresses, so they must be https, or
 * on this machine.
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

/** The address at which a URL with a registry's real name is dialled. */
export function dial(endpoints: Endpoints, url: URL): URL {
  const endpoint = endpoints.get(url.host);
  return endpoint === undefined ? url : moved(endpoint, `${prefixOf(endpoint)}${url.pathname}`, url.search);
}

/**
 * What a `Location` header means, with the registry's real name: one that names the address that was dialled means
 * the registry behind it. Undefined when it is no address.
 *
 * @param url of the request that was answered, with the registry's real name
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

/** By its parts: resolved against an address, a path that starts with two slashes would name another host. */
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
    throw new CodedError('input-invalid', `${variable} is no JSON.`, { hint, cause });
  }
  throw new CodedError('input-invalid', `${variable} is no JSON object.`, { hint });
}

/** A key that is no host, an address perhaps, would never be found. */
function parseHost(text: string): string {
  const { host, href } = URL.parse(`https://${text}`) ?? {};
  if (host !== undefined && href === `https://${host}/`) return host;
  throw new CodedError('input-invalid', `${variable} has ${JSON.stringify(text)}, which is no host.`, {
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
