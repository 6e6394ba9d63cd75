import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { createServer } from 'node:tls';

/** A certificate for registry.example and the names below it, made for the tests, and the path of its file. */
export const certificate = {
  file: fileURLToPath(new URL('registry.example.pem', import.meta.url)),
  /** The certificate and its key: whoever trusts it trusts no one else by it. */
  pem: readFileSync(new URL('registry.example.pem', import.meta.url), 'utf8'),
};

/** A server of this machine, reached by TLS. */
export interface TlsEntrance extends AsyncDisposable {
  readonly port: number;
}

/**
 * Takes TLS off, under the name registry.example and those below it, and hands on what is inside.
 *
 * @param url of a server on this machine
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
  // Who does not trust the certificate hangs up in the middle of the handshake.
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
