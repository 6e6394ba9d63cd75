import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * Starts an HTTP server that returns the same package for every request.
 *
 * @param before runs before each response
 */
export async function servePackages(
  before: () => Promise<void> = () => Promise.resolve(),
): Promise<{ readonly port: number } & AsyncDisposable> {
  const server = createServer((_, response) => {
    void before().then(() => response.end('one package\n'));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
