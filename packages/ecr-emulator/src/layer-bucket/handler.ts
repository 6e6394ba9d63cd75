import { isDigest } from '@towpath/reference';
import type { Ecr } from '../ecr.ts';
import { parseRange } from '../http/range.ts';
import type { Exchange } from '../http/exchange.ts';
import type { Handler } from '../http/server.ts';
import { Refusal } from '../refusal.ts';

const statuses: Readonly<Record<string, number>> = {
  InvalidArgument: 400,
  SignatureDoesNotMatch: 403,
  AccessDenied: 403,
  NoSuchKey: 404,
  MethodNotAllowed: 405,
  InvalidRange: 416,
  InternalError: 500,
  ServiceUnavailable: 503,
  SlowDown: 503,
  ExpiredToken: 400,
};

/** Handles downloads from the layer bucket with the part of S3's protocol that ECR's redirects need. */
export function bucketHandler(ecr: Ecr): Handler {
  return {
    describe: (exchange) => {
      exchange.operation = `${exchange.method} layer`;
      exchange.repository = ecr.bucket.keyIn(exchange.url).repository;
    },
    answer: (exchange) => serve(ecr, exchange),
    refuse: async (exchange, { exception, message }) => {
      const code = names[exception] ?? exception;
      const { requestId } = exchange;
      await exchange.send(
        statuses[code] ?? 400,
        { 'content-type': 'application/xml', 'x-amz-request-id': requestId },
        `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message><RequestId>${requestId}</RequestId></Error>`,
      );
    },
  };
}

/** S3's names for exceptions that all services have. */
const names: Readonly<Record<string, string>> = {
  ServerException: 'InternalError',
  ServiceUnavailableException: 'ServiceUnavailable',
  ThrottlingException: 'SlowDown',
};

async function serve(ecr: Ecr, exchange: Exchange): Promise<void> {
  if (exchange.header('authorization') !== undefined) {
    // S3's message for a client that sends its registry credentials to another origin.
    throw new Refusal(
      'InvalidArgument',
      'Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified',
    );
  }
  // The signature includes the method, GET.
  if (exchange.method !== 'GET') {
    throw new Refusal('MethodNotAllowed', 'The specified method is not allowed against this resource.');
  }
  const key = ecr.bucket.read(exchange.url);
  const repository = ecr.registry(key)?.find(key.repository);
  const size = isDigest(key.digest) ? repository?.layers.get(key.digest) : undefined;
  if (repository === undefined || size === undefined || !isDigest(key.digest)) {
    throw new Refusal('NoSuchKey', 'The specified key does not exist.');
  }
  const range = parseRange(exchange.header('range'), size);
  if (range === 'unsatisfiable') throw new Refusal('InvalidRange', 'The requested range is not satisfiable');
  await exchange.sendFile(
    range === undefined ? 200 : 206,
    {
      'content-type': 'application/octet-stream',
      'accept-ranges': 'bytes',
      etag: `"${key.digest}"`,
      ...(range !== undefined && { 'content-range': `bytes ${range.first}-${range.last}/${size}` }),
    },
    repository.layerFile(key.digest),
    range ?? { first: 0, last: size - 1 },
  );
}
