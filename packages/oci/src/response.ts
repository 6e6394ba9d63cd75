import { CodedError } from '@towpath/errors';
import type { IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream';
import { maxManifestBytes, type Patience } from './limits.ts';
import { chunkwise } from './owned-chunks.ts';
import { TransientError } from './retry.ts';
import { isSystemError } from './system-error.ts';

/** The response to a request. */
export interface Response {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  /** Its `Location` header as an absolute URL, with the registry's real name. */
  readonly location: URL | undefined;
  /** Must be read to its end or destroyed. */
  readonly body: IncomingMessage;
  /** The real name of the host that responded. */
  readonly host: string;
  /** The address that the request was sent to. */
  readonly dialled: URL;
  readonly patience: Patience;
  /** Time limit for reading the body, by `performance.now()`. */
  readonly deadline: number;
}

/** Discards the rest of a response. The connection is reused if the rest is short. */
export function discard({ body }: Response): void {
  let size = 0;
  // The timer need not keep the process alive: an open connection does.
  const timer = setTimeout(() => body.destroy(), 5_000).unref();
  body.on('error', () => undefined);
  body.once('close', () => {
    clearTimeout(timer);
  });
  body.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > maxManifestBytes) body.destroy();
  });
}

/**
 * Streams the bytes of a body. The reader's own time does not count against the server.
 *
 * @throws TransientError if the connection breaks before its end, or if the server is too slow
 */
export async function* bytesOf(response: Response): AsyncGenerator<Buffer> {
  const { body, host, deadline } = response;
  const { window, rate, request } = response.patience;
  let waited = 0;
  let size = 0;
  let startedWaiting = performance.now();
  try {
    for await (const chunk of pipeline(body, chunkwise(), () => undefined)) {
      waited += performance.now() - startedWaiting;
      size += (chunk as Buffer).length;
      if (performance.now() > deadline)
        throw new TransientError(`${host} took more than ${spoken(request)} for one request`);
      if (waited >= window) {
        if (size < (rate * waited) / 1000)
          throw new TransientError(`${host} sent less than ${rate} bytes a second`);
        waited = 0;
        size = 0;
      }
      yield chunk as Buffer;
      startedWaiting = performance.now();
    }
  } catch (error) {
    throw classify(error, host);
  }
}

/**
 * Reads the whole body of a small response.
 *
 * @param limit in bytes
 * @throws TransientError if the connection breaks before its end, or if the body takes too long
 * @throws CodedError `outside-failed` if it is larger than the limit
 */
export async function readBytes(response: Response, limit = maxManifestBytes): Promise<Buffer> {
  const { body, host, headers, patience } = response;
  const tooLarge = (): CodedError => {
    body.destroy();
    return new CodedError('outside-failed', `${host} answered with more than ${limit} bytes.`);
  };
  if (Number(headers['content-length'] ?? 0) > limit) throw tooLarge();
  const timer = setTimeout(() => {
    body.destroy(
      new TransientError(`${host} took longer than ${patience.answer / 1000} s for a small answer`),
    );
  }, patience.answer);
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of bytesOf(response)) {
      size += chunk.length;
      if (size > limit) throw tooLarge();
      chunks.push(chunk);
    }
  } finally {
    clearTimeout(timer);
  }
  return Buffer.concat(chunks);
}

const transientCodes = new Set([
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EAI_AGAIN',
  'EPIPE',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ETIMEDOUT',
]);

/** Converts the error of a connection. It is transient if a retry can succeed. */
export function classify(error: unknown, host: string): unknown {
  if (!isSystemError(error) || !transientCodes.has(error.code)) return error;
  return new TransientError(`${host}: ${error.message}`, { cause: error });
}

/** Formats milliseconds for messages. */
export function spoken(milliseconds: number): string {
  return milliseconds < 3_600_000 ? `${milliseconds / 1000} s` : `${milliseconds / 3_600_000} hours`;
}
