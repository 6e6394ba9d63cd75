import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { Refusal } from '../refusal.ts';
import type { Plane } from './request-log.ts';
import { shaped, type Shape } from './shape.ts';

/** One request and its response. Whatever passes through it is counted for the log, and can be shaped. */
export class Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly method: string;
  readonly url: URL;
  readonly requestId: string = randomUUID();

  /** What the log says about the request; each plane fills it in as it learns it. */
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

  /** The body as it arrives. */
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
   * The whole body, for what is known to be small.
   *
   * @throws Refusal RequestTooLarge when it is longer than the limit
   */
  async bytes(limit: number): Promise<Buffer> {
    let chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of this.body()) {
      length += chunk.length;
      // What is too long is read to its end all the same: whoever is cut off while he sends does not hear why.
      chunks = length > limit ? [] : [...chunks, chunk];
    }
    if (length > limit) throw new Refusal('RequestTooLarge', `the body is longer than ${limit} bytes`);
    return Buffer.concat(chunks);
  }

  /** A HEAD gets the headers of the body, and no body. */
  async send(status: number, headers: OutgoingHttpHeaders = {}, body: string | Buffer = ''): Promise<void> {
    const bytes = Buffer.from(body);
    this.response.writeHead(status, { 'content-length': bytes.length, ...headers });
    await this.#write(this.method === 'HEAD' || bytes.length === 0 ? [] : [bytes]);
  }

  async sendJson(status: number, value: unknown, headers: OutgoingHttpHeaders = {}): Promise<void> {
    const type = { 'content-type': 'application/json; charset=utf-8' };
    await this.send(status, { ...type, ...headers }, JSON.stringify(value));
  }

  /** Streams a part of a file. `last` is the last byte that is sent. */
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

/** What was asked, as the client addressed it; a host or a path that no URL can have is asked of nothing. */
function addressed({ url = '/', headers }: IncomingMessage): URL {
  const origin = `http://${headers.host ?? ''}`;
  const path = url.startsWith('/') ? url : '/';
  return URL.parse(origin + path) ?? new URL('http://127.0.0.1/');
}

async function* iterate(body: AsyncIterable<Buffer> | readonly Buffer[]): AsyncGenerator<Buffer> {
  yield* body;
}
