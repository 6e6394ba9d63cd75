import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request that the server received. */
export interface SeenRequest {
  /** Method and path with its query, e.g. `GET /v2/`. */
  readonly line: string;
  readonly headers: IncomingMessage['headers'];
  /** The client's port. Requests over the same connection have the same port. */
  readonly port: number | undefined;
}

/** A test server on the local host. */
export interface ScriptedServer extends AsyncDisposable {
  /** Without a trailing slash. */
  readonly url: string;
  readonly host: string;
  readonly server: Server;
  readonly requests: readonly SeenRequest[];
  readonly close: () => Promise<void>;
}

/** Starts a server with the responses of the test. `await using` stops it. */
export async function scriptedServer(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  start: (listener: RequestListener) => Server = createServer,
): Promise<ScriptedServer> {
  const requests: SeenRequest[] = [];
  const server = start((request, response) => {
    const { method = '', url = '', headers, socket } = request;
    requests.push({ line: `${method} ${url}`, headers, port: socket.remotePort });
    answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
  return {
    url: `http://127.0.0.1:${port}`,
    host: `127.0.0.1:${port}`,
    server,
    requests,
    close,
    [Symbol.asyncDispose]: close,
  };
}
