import type { Exchange } from '../http/exchange.ts';
import type { Refusal } from '../refusal.ts';
import type { Registry } from '../registry/registry.ts';
import { ownProperty } from '../own-property.ts';

/** An error of the registry API: an HTTP status and a code of the OCI distribution specification. */
interface RegistryError {
  readonly status: number;
  readonly code: string;
}

/** The errors by exception of the AWS API, or of the registry only. */
const registryErrors: Readonly<Record<string, RegistryError>> = {
  AccessDeniedException: { status: 403, code: 'DENIED' },
  ExpiredToken: { status: 403, code: 'DENIED' },
  InvalidToken: { status: 400, code: 'DENIED' },

  RepositoryNotFoundException: { status: 404, code: 'NAME_UNKNOWN' },
  ImageTagAlreadyExistsException: { status: 400, code: 'TAG_INVALID' },
  ImageDigestDoesNotMatchException: { status: 400, code: 'MANIFEST_INVALID' },
  LayersNotFoundException: { status: 404, code: 'BLOB_UPLOAD_UNKNOWN' },
  ReferencedImagesNotFoundException: { status: 404, code: 'MANIFEST_BLOB_UNKNOWN' },
  // The failure codes of BatchGetImage and BatchDeleteImage.
  ImageNotFound: { status: 404, code: 'MANIFEST_UNKNOWN' },
  ImageInaccessible: { status: 404, code: 'MANIFEST_UNKNOWN' },
  InvalidImageDigest: { status: 404, code: 'MANIFEST_UNKNOWN' },
  ImageReferencedByManifestList: { status: 403, code: 'DENIED' },
  UnableToGetUpstreamImageException: { status: 404, code: 'MANIFEST_UNKNOWN' },
  BlobUnknown: { status: 404, code: 'BLOB_UNKNOWN' },

  UploadNotFoundException: { status: 404, code: 'BLOB_UPLOAD_UNKNOWN' },
  InvalidLayerPartException: { status: 416, code: 'BLOB_UPLOAD_INVALID' },
  InvalidLayerException: { status: 400, code: 'BLOB_UPLOAD_INVALID' },
  LayerPartTooSmallException: { status: 400, code: 'BLOB_UPLOAD_INVALID' },
  EmptyUploadException: { status: 400, code: 'BLOB_UPLOAD_INVALID' },

  // 405 for every method (chainguard-dev/apko#450, opcr-io/policy#149).
  InvalidParameterException: { status: 405, code: 'UNSUPPORTED' },
  RequestTooLarge: { status: 413, code: 'SIZE_INVALID' },
  LimitExceededException: { status: 403, code: 'DENIED' },
  ThrottlingException: { status: 429, code: 'TOOMANYREQUESTS' },
  ServerException: { status: 500, code: 'UNKNOWN' },
  ServiceUnavailableException: { status: 503, code: 'UNAVAILABLE' },
};

/** Answers with an error. A HEAD gets only the status. */
export async function refuse(exchange: Exchange, refusal: Refusal, registry: Registry): Promise<void> {
  const { exception, message } = refusal;
  if (exception === 'NotAuthorized') {
    await challenge(exchange, message, registry);
    return;
  }
  await sendError(exchange, exception, message);
}

/** Answers with the status and the code of an exception. */
export async function sendError(exchange: Exchange, exception: string, message: string): Promise<void> {
  const found = ownProperty(registryErrors, exception);
  if (found === undefined) throw new Error(`the registry API has no error for ${exception}`);
  await exchange.sendJson(found.status, { errors: [{ code: found.code, message }] });
}

/** Sends a challenge. The realm has the registry's real host, to which clients do not connect for Basic. */
async function challenge(exchange: Exchange, message: string, { host }: Registry): Promise<void> {
  const headers = {
    'www-authenticate': `Basic realm="https://${host}/",service="ecr.amazonaws.com"`,
    'content-type': 'text/plain; charset=utf-8',
  };
  await exchange.send(401, headers, `${message}\n`);
}
