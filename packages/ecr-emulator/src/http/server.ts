import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../clock.ts';
import type { Faults } from '../faults/faults.ts';
import { Disconnected, inflict } from '../faults/inflict.ts';
import { Refusal } from '../refusal.ts';
import { Exchange } from './exchange.ts';
import type { LoggedRequest, Plane, RequestLog } from './request-log.ts';

/** How a plane answers. What its functions throw, other than refusals, is a defect. */
export interface Handler {
  /** Tells from the head of a request what it wants: the operation, and the repository where the head has it. */
  readonly describe: (exchange: Exchange) => void;
  readonly answer: (exchange: Exchange) => Promise<void>;
  /** Words a refusal as the plane's protocol does. */
  readonly refuse: (exchange: Exchange, refusal: Refusal) => Promise<void>;
}

/** What every plane is served with. */
export interface Serving {
  readonly log: RequestLog;
  readonly clock: Clock;
  readonly faults: Faults;
  /** Told of a defect of the emulator; the client gets a 500. */
  readonly onDefect: (error: unknown) => void;
}

/** A plane that listens on 127.0.0.1. */
export interface Listening {
  /** Without a slash at its end. */
  readonly url: string;
  readonly close: () => Promise<void>;
}

const host = '127.0.0.1';

/** @param port 0 for a free one */
export async function listen(
  plane: Plane,
  port: number,
  handler: Handler,
  serving: Serving,
): Promise<Listening> {
  const server = createServer((request, response) => {
    void run(new Exchange(plane, request, response), handler, serving);
  });
  // A push over a slow line takes as long as it takes; and a kept connection must not be closed under a client
  // that is about to use it again (Node's default is five seconds).
  server.requestTimeout = 0;
  server.keepAliveTimeout = 75_000;
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address() as AddressInfo;
  return { url: `http://${host}:${address.port}`, close: () => close(server) };
}

async function run(exchange: Exchange, handler: Handler, serving: Serving): Promise<void> {
  const ended = serving.log.open(stateOf(exchange, serving.clock.now()));
  try {
    await answer(exchange, handler, serving);
  } catch (error) {
    const { request, response } = exchange;
    // A client that has gone away is no defect, and nobody is left to be told.
    const gone = error instanceof Disconnected || request.socket.destroyed;
    if (!gone) serving.onDefect(error);
    if (gone || response.headersSent) response.destroy();
    else response.writeHead(500).end();
  }
  ended();
}

async function answer(exchange: Exchange, handler: Handler, { faults }: Serving): Promise<void> {
  try {
    handler.describe(exchange);
    for (const effect of faults.take(exchange)) await inflict(effect, exchange);
    await handler.answer(exchange);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    exchange.error = error.exception;
    await handler.refuse(exchange, error);
  }
}

function stateOf(exchange: Exchange, at: number): () => LoggedRequest {
  const startedAt = performance.now();
  return () => ({
    at: new Date(at).toISOString(),
    plane: exchange.plane,
    operation: exchange.operation,
    status: exchange.response.headersSent ? exchange.response.statusCode : 0,
    bytesIn: exchange.bytesIn,
    bytesOut: exchange.bytesOut,
    requestId: exchange.requestId,
    durationMs: Math.round(performance.now() - startedAt),
    ...(exchange.account !== undefined && { account: exchange.account }),
    ...(exchange.repository !== undefined && { repository: exchange.repository }),
    ...(exchange.error !== undefined && { error: exchange.error }),
  });
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}
