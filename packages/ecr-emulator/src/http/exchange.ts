import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { Refusal } from '../refusal.ts';
import type { Plane } from './request-log.ts';
import { shaped, type Shape } from './shape.ts';

/** A request and its response. Counts the bytes of both bodies for the log, and applies shapes to them. */
export class Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly method: string;
  readonly url: URL;
  readonly requestId: string = randomUUID();

  /** The log entry of the request, filled in by the planes. */
  plane: Plane;
  operation: string;
  account: string | undefined;
  repository: string | undefined;
  error: string | undefined;
  bytesIn = 0;
  bytesOut = 0;

  readonly #incoming: Shape[] = [];
  readonly #outgoing: Shape[] = [];

  constructor(plane: Plane, request: IncomingMessage, response: ServerResponse) {
    this.plane = plane;
    this.request = request;
    this.response = response;
    this.method = request.method ?? 'GET';
    this.url = addressed(request);
    this.operation = `${this.method} ${this.url.pathname}`;
  }

  header(name: string): string | undefined {
    const value = this.request.headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
  }

  shapeIncoming(shape: Shape): void {
    this.#incoming.push(shape);
  }

  shapeOutgoing(shape: Shape): void {
    this.#outgoing.push(shape);
  }

  /** Streams the body. */
  body(): AsyncIterable<Buffer> {
    return this.#incoming.reduce<AsyncIterable<Buffer>>(shaped, this.#arriving());
  }

  async *#arriving(): AsyncGenerator<Buffer> {
    for await (const chunk of this.request as AsyncIterable<Buffer>) {
      this.bytesIn += chunk.length;
      yield chunk;
    }
  }

  /**
   * Reads a small body completely.
   *
   * @throws Refusal RequestTooLarge if it is longer than the limit
   */
  async bytes(limit: number): Promise<Buffer> {
    let chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of this.body()) {
      length += chunk.length;
      // Reads the rest of a body that is too long, because a client that is still sending would miss the answer.
      chunks = length > limit ? [] : [...chunks, chunk];
    }
    if (length > limit) throw new Refusal('RequestTooLarge', `the body is longer than ${limit} bytes`);
    return Buffer.concat(chunks);
  }

  /** Sends a response. A HEAD gets the headers without the body. */
  async send(status: number, headers: OutgoingHttpHeaders = {}, body: string | Buffer = ''): Promise<void> {
    const bytes = Buffer.from(body);
    this.response.writeHead(status, { 'content-length': bytes.length, ...headers });
    await this.#write(this.method === 'HEAD' || bytes.length === 0 ? [] : [bytes]);
  }

  async sendJson(status: number, value: unknown, headers: OutgoingHttpHeaders = {}): Promise<void> {
    const type = { 'content-type': 'application/json; charset=utf-8' };
    await this.send(status, { ...type, ...headers }, JSON.stringify(value));
  }

  /** Streams a part of a file, from byte `first` to byte `last`. */
  async sendFile(
    status: number,
    headers: OutgoingHttpHeaders,
    file: string,
    { first, last }: { readonly first: number; readonly last: number },
  ): Promise<void> {
    this.response.writeHead(status, { ...headers, 'content-length': last - first + 1 });
    await this.#write(last < first ? [] : createReadStream(file, { start: first, end: last }));
  }

  async #write(body: AsyncIterable<Buffer> | readonly Buffer[]): Promise<void> {
    const source = this.#outgoing.reduce<AsyncIterable<Buffer>>(shaped, iterate(body));
    await pipeline(this.#leaving(source), this.response);
  }

  async *#leaving(body: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of body) {
      this.bytesOut += chunk.length;
      yield chunk;
    }
  }
}

/** Returns the URL of a request. An invalid host or path gives the root path. */
function addressed({ url = '/', headers }: IncomingMessage): URL {
  const origin = `http://${headers.host ?? ''}`;
  const path = url.startsWith('/') ? url : '/';
  return URL.parse(origin + path) ?? new URL('http://127.0.0.1/');
}

async function* iterate(body: AsyncIterable<Buffer> | readonly Buffer[]): AsyncGenerator<Buffer> {
  yield* body;
}
