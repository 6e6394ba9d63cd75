import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request that has come in. */
export interface SeenRequest {
  /** Method and path with its query, e.g. `GET /v2/`. */
  readonly line: string;
  readonly headers: IncomingMessage['headers'];
  /** The port it came from: requests over one connection have the same. */
  readonly port: number | undefined;
}

/** A server of a test, on this machine. */
export interface ScriptedServer extends AsyncDisposable {
  /** Without a slash at its end. */
  readonly url: string;
  readonly host: string;
  readonly server: Server;
  readonly requests: readonly SeenRequest[];
  readonly close: () => Promise<void>;
}

/** Starts a server that answers as the test says. `await using` ends it. */
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
