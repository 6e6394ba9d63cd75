import { CodedError } from '@towpath/errors';
import { proxyOf, type Proxy, type ProxyName, type Variables } from '@towpath/proxy';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';

/** What keeps connections, for requests by http and by https. */
export interface Agents {
  readonly http: HttpAgent;
  readonly https: HttpsAgent;
}

/**
 * Agents that keep connections, and go through the proxy of HTTP_PROXY or HTTPS_PROXY where NO_PROXY does not say
 * otherwise, in either case.
 *
 * @throws CodedError `input-invalid` when a proxy's address is none
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

/** Node wants a scheme, and shows the address with its password when it cannot read it. */
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
 * NO_PROXY as everyone else means it (curl, Go): a domain stands for what is below it too, an address may be a whole
 * network, and this machine is never asked through a proxy. Node takes a domain for itself alone, and knows ranges
 * of addresses, but no networks.
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

/** The first and the last address of an IPv4 network such as 10.0.0.0/8. */
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
