import { Server } from 'proxy-chain';
import { lookup } from 'node:dns';

/** A request that came to the proxy with its password. */
export interface ProxiedRequest {
  readonly method: string;
  /** With its port where that is not the scheme's own. */
  readonly host: string;
}

/** The proxy of a company: nobody gets out without a password, and names of `.example` are known to it alone. */
export interface CorporateProxy extends AsyncDisposable {
  /** With user and password, as HTTP_PROXY has it. */
  readonly url: string;
  readonly password: string;
  readonly requests: readonly ProxiedRequest[];
  /** How many requests came without the password, or with another. */
  readonly refused: number;
}

/** With a comma and a quote, over which command lines and lists stumble. */
const [user, password] = ['tug', "t0w,'b4rge"];

/** Starts proxy-chain, which forwards http and tunnels by CONNECT; `.example` is this machine. */
export async function startCorporateProxy(): Promise<CorporateProxy> {
  const requests: ProxiedRequest[] = [];
  let refused = 0;
  const server = new Server({
    host: '127.0.0.1',
    port: 0,
    prepareRequestFunction: ({ request, hostname, port, ...given }) => {
      const isKnown = given.username === user && given.password === password;
      if (isKnown) requests.push({ method: request.method ?? '', host: hostAt(hostname, port) });
      else refused += 1;
      return {
        requestAuthentication: !isKnown,
        dnsLookup: ((name: string, ...rest: [never, never]) => {
          lookup(name.endsWith('.example') ? '127.0.0.1' : name, ...rest);
        }) as typeof lookup,
      };
    },
  });
  await server.listen();
  return {
    url: `http://${user}:${encodeURIComponent(password)}@127.0.0.1:${server.port}`,
    password,
    requests,
    get refused() {
      return refused;
    },
    [Symbol.asyncDispose]: () => server.close(true),
  };
}

function hostAt(hostname: string, port: number): string {
  return port === 80 || port === 443 ? hostname : `${hostname}:${port}`;
}
