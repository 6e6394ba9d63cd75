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
    ([host, address]) => [host, parseAddress(host, address)] as const,
  );
  return new Map(entries);
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

function parseAddress(host: string, address: unknown): URL {
  const url = typeof address === 'string' ? URL.parse(address) : null;
  if (url !== null && (url.protocol === 'https:' || (url.protocol === 'http:' && loopback.has(url.hostname))))
    return url;
  throw new CodedError('input-invalid', `${variable} sends ${host} to ${JSON.stringify(address)}.`, {
    hint: 'It must be an https address, or an http address on this machine.',
  });
}
