import { CodedError } from '@towpath/errors';
import type { IncomingMessage } from 'node:http';
import { maxManifestBytes, type Patience } from './limits.ts';
import { TransientError } from './retry.ts';
import { isSystemError } from './system-error.ts';

/** The answer to a request. */
export interface Response {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  /** Its `Location` header, made absolute, with the registry's real name. */
  readonly location: URL | undefined;
  /** Must be read to its end or destroyed. */
  readonly body: IncomingMessage;
  /** The host that answered, by its real name. */
  readonly host: string;
  /** The address that was dialled for it. */
  readonly dialled: URL;
  readonly patience: Patience;
  /** When it must be read to its end, by `performance.now()`. */
  readonly deadline: number;
}

/** Lets the rest of an answer go, of which nothing is needed. Its connection is used again if the rest is short. */
export function discard({ body }: Response): void {
  let size = 0;
  // An open connection keeps the process alive anyway, so the timer fires where it is needed.
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
 * The bytes of a body as they come. What the reader takes for itself does not count as time of the peer.
 *
 * @throws TransientError if the connection breaks before its end, or if the peer is slower than is sensible
 */
export async function* bytesOf(response: Response): AsyncGenerator<Buffer> {
  const { body, host, deadline } = response;
  const { window, rate, request } = response.patience;
  let waited = 0;
  let size = 0;
  let asked = performance.now();
  try {
    for await (const chunk of body) {
      waited += performance.now() - asked;
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
      asked = performance.now();
    }
  } catch (error) {
    throw classify(error, host);
  }
}

/**
 * The whole body, of an answer that cannot be large.
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

/** The error of a connection; transient if another attempt can succeed. */
export function classify(error: unknown, host: string): unknown {
  if (!isSystemError(error) || !transientCodes.has(error.code)) return error;
  return new TransientError(`${host}: ${error.message}`, { cause: error });
}

/** Milliseconds as people say them. */
export function spoken(milliseconds: number): string {
  return milliseconds < 3_600_000 ? `${milliseconds / 1000} s` : `${milliseconds / 3_600_000} hours`;
}
