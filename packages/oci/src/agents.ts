import { CodedError } from '@towpath/errors';
import { proxyOf, type Proxy, type ProxyName, type Variables } from '@towpath/proxy';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';

/** The keep-alive agents for HTTP and HTTPS requests. */
export interface Agents {
  readonly http: HttpAgent;
  readonly https: HttpsAgent;
}

/**
 * Returns agents that keep connections open and use the proxy of HTTP_PROXY or HTTPS_PROXY, except for hosts
 * in NO_PROXY. The variables may be in upper or lower case.
 *
 * @throws CodedError `input-invalid` if the address of a proxy is invalid
 */
export function agentsFor(env: Variables): Agents {
  const { variables } = proxyOf(env);
  const options = {
    keepAlive: true,
    proxyEnv: {
      http_proxy: addressIn(variables, 'HTTP_PROXY'),
      https_proxy: addressIn(variables, 'HTTPS_PROXY'),
      no_proxy: exceptions(variables.get('NO_PROXY') ?? ''),
    },
  };
  return { http: new HttpAgent(options), https: new HttpsAgent(options) };
}

/** Node requires a scheme. Its error for an invalid address would show the password. */
function addressIn(variables: Proxy['variables'], name: ProxyName): string | undefined {
  const value = variables.get(name);
  if (value === undefined) return undefined;
  const address = value.includes('://') ? value : `http://${value}`;
  if (URL.canParse(address)) return address;
  throw new CodedError('input-invalid', `${name} is not the address of a proxy.`, {
    hint: 'It must look like http://proxy.example:3128.',
  });
}

/**
 * Converts NO_PROXY from its common meaning (curl, Go) to Node's. Commonly, a domain includes its subdomains,
 * an address may be a network, and the local host never uses a proxy. Node matches only the exact domain. It
 * supports address ranges, but not networks.
 */
function exceptions(list: string): string {
  const entries = list
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  return [
    'localhost',
    '127.0.0.1',
    '::1',
    ...entries.flatMap((entry) => [entry, rangeOf(entry) ?? `.${entry}`]),
  ].join(',');
}

/** Returns the first and last address of an IPv4 network such as 10.0.0.0/8. */
function rangeOf(network: string): string | undefined {
  const { address = '', bits = '' } =
    /^(?<address>\d+(?:\.\d+){3})\/(?<bits>\d+)$/.exec(network)?.groups ?? {};
  if (address === '') return undefined;
  const size = 2 ** (32 - Number(bits));
  const number = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const first = number - (number % size);
  return `${format(first)}-${format(first + size - 1)}`;
}

function format(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
}
