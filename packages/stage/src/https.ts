import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { createServer } from 'node:tls';

/** A test certificate for registry.example and its subdomains, and the path of its file. */
export const certificate = {
  file: fileURLToPath(new URL('registry.example.pem', import.meta.url)),
  /** The certificate and its private key. Both are only for tests. */
  pem: readFileSync(new URL('registry.example.pem', import.meta.url), 'utf8'),
};

/** A local server that accepts TLS connections. */
export interface TlsEntrance extends AsyncDisposable {
  readonly port: number;
}

/**
 * Starts a TLS proxy for registry.example and its subdomains that forwards to a local server.
 *
 * @param url of the local server
 */
export async function tlsEntrance(url: string): Promise<TlsEntrance> {
  const sockets = new Set<Socket>();
  const keep = <S extends Socket>(socket: S): S => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket)).on('error', () => socket.destroy());
    return socket;
  };
  const server = createServer({ cert: certificate.pem, key: certificate.pem }, (near) => {
    const far = keep(connect(Number(new URL(url).port), '127.0.0.1'));
    keep(near).pipe(far).pipe(near);
  });
  // A client that does not trust the certificate closes the connection during the handshake.
  server.on('tlsClientError', (_, socket) => socket.destroy());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      const closed = once(server, 'close');
      server.close();
      await closed;
    },
  };
}
