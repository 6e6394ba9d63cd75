import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { Refusal } from '../refusal.ts';
import type { Plane } from './request-log.ts';

/** One request and its response. Whatever passes through it is counted for the log. */
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

  constructor(plane: Plane, request: IncomingMessage, response: ServerResponse) {
    this.plane = plane;
    this.request = request;
    this.response = response;
    this.method = request.method ?? 'GET';
    this.url = new URL(request.url ?? '/', `http://${request.headers.host ?? '127.0.0.1'}`);
    this.operation = `${this.method} ${this.url.pathname}`;
  }

  header(name: string): string | undefined {
    const value = this.request.headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
  }

  /** The body as it arrives. */
  async *body(): AsyncGenerator<Buffer> {
    for await (const chunk of this.request as AsyncIterable<Buffer>) {
      this.bytesIn += chunk.length;
      yield chunk;
    }
  }

  /**
   * The whole body, for what is known to be small.
   *
   * @throws Refusal when it is longer than the limit
   */
  async bytes(limit: number): Promise<Buffer> {
    const chunks: Buffer[] = [];
    for await (const chunk of this.body()) {
      if (this.bytesIn > limit)
        throw new Refusal('RequestTooLarge', `the body is longer than ${limit} bytes`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  }

  send(status: number, headers: OutgoingHttpHeaders = {}, body: string | Buffer = ''): void {
    const bytes = Buffer.from(body);
    this.response.writeHead(status, { 'content-length': bytes.length, ...headers });
    if (this.method !== 'HEAD') this.bytesOut += bytes.length;
    this.response.end(bytes);
  }

  sendJson(status: number, value: unknown, headers: OutgoingHttpHeaders = {}): void {
    this.send(
      status,
      { 'content-type': 'application/json; charset=utf-8', ...headers },
      JSON.stringify(value),
    );
  }

  /** Streams a part of a file. `last` is the last byte that is sent. */
  async sendFile(
    status: number,
    headers: OutgoingHttpHeaders,
    file: string,
    { first, last }: { first: number; last: number },
  ): Promise<void> {
    this.response.writeHead(status, { ...headers, 'content-length': last - first + 1 });
    if (last < first) {
      this.response.end();
      return;
    }
    const source = createReadStream(file, { start: first, end: last });
    source.on('data', (chunk) => (this.bytesOut += chunk.length));
    await pipeline(source, this.response);
  }
}
