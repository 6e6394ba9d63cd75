import { Server } from 'proxy-chain';
import { lookup } from 'node:dns';

/** A request that reached the proxy with its password. */
export interface ProxiedRequest {
  readonly method: string;
  /** With the port, unless it is the default of the scheme. */
  readonly host: string;
}

/** A corporate proxy that requires a password. Only the proxy can resolve names under `.example`. */
export interface CorporateProxy extends AsyncDisposable {
  /** The URL with user and password, for HTTP_PROXY. */
  readonly url: string;
  readonly password: string;
  readonly requests: readonly ProxiedRequest[];
  /** The number of requests without the password or with a wrong one. */
  readonly refused: number;
}

/** The password contains a comma and a quote, which break careless command lines and lists. */
const [user, password] = ['tug', "t0w,'b4rge"];

/**
 * Starts proxy-chain, which forwards http and tunnels with CONNECT. Names under `.example` resolve to the local
 * host.
 */
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
