import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../clock.ts';
import type { Faults } from '../faults/faults.ts';
import { Disconnected, inflict } from '../faults/inflict.ts';
import { Refusal } from '../refusal.ts';
import { Exchange } from './exchange.ts';
import type { LoggedRequest, Plane, RequestLog } from './request-log.ts';

/** Handles the requests of a plane. Any error except a Refusal is a bug. */
export interface Handler {
  /** Sets the operation, and the repository if it is in the head of the request. */
  readonly describe: (exchange: Exchange) => void;
  readonly answer: (exchange: Exchange) => Promise<void>;
  /** Answers with an error in the plane's protocol. */
  readonly refuse: (exchange: Exchange, refusal: Refusal) => Promise<void>;
}

/** The services that all planes share. */
export interface Serving {
  readonly log: RequestLog;
  readonly clock: Clock;
  readonly faults: Faults;
  /** Receives a bug of the emulator. The client gets a 500. */
  readonly onDefect: (error: unknown) => void;
}

/** A server that listens on 127.0.0.1. */
export interface Listening {
  /** The address, without a trailing slash. */
  readonly url: string;
  readonly close: () => Promise<void>;
}

const host = '127.0.0.1';

/** @param port a port, or 0 for a free one */
export async function listen(
  plane: Plane,
  port: number,
  handler: Handler,
  serving: Serving,
): Promise<Listening> {
  const server = createServer((request, response) => {
    void run(new Exchange(plane, request, response), handler, serving);
  });
  // A push over a slow connection may take any time. Idle connections stay open for longer than Node's default of five
  // seconds, so that clients can reuse them.
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
    // A client that disconnected is not a bug and gets no answer.
    const isDisconnected = error instanceof Disconnected || request.socket.destroyed;
    if (!isDisconnected) serving.onDefect(error);
    if (isDisconnected || response.headersSent) response.destroy();
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
