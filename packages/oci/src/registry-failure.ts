import { CodedError, OutsideError, type Code } from '@towpath/errors';
import { parseEcrHost } from '@towpath/reference';
import type { IncomingHttpHeaders } from 'node:http';
import * as z from 'zod';
import { parseJson } from './json.ts';
import { retry, TransientError, type RetryPort } from './retry.ts';
import { isSystemError } from './system-error.ts';
import { readBytes, type Response } from './response.ts';

const transientStatuses = [408, 429, 500, 502, 503, 504];

/** The error body of a registry (OCI distribution 1.1, "Error codes"). */
const refusalSchema = z.object({
  errors: z.tuple([z.object({ code: z.string(), message: z.string().default('') })], z.unknown()),
});

/**
 * Returns the error for an unexpected response. It is transient if a retry may succeed.
 *
 * @param passing statuses to retry, in addition to those that are always retried
 * @param operation e.g. `PUT manifest in 111122223333.dkr.ecr.us-east-1.amazonaws.com/payroll/backend`
 */
export async function refusal(
  operation: string,
  response: Response,
  passing: readonly number[] = [],
): Promise<OutsideError | TransientError> {
  const { status, headers, host } = response;
  const { code, message } = parseRefusal(await readBytes(response));
  const said = message === '' ? `status ${status}` : message;
  const requestId = requestIdOf(headers);
  if ([...transientStatuses, ...passing].includes(status))
    return new TransientError(`${host} answered ${status}: ${said}`, {
      requestId,
      retryAfter: retryAfterOf(headers),
    });

  const end = (ending: Code, text: string, hint?: string) =>
    new OutsideError(ending, `${text}: ${said}`, { operation, requestId, hint });
  if ((status === 401 || status === 403) && /\bexpired\b/i.test(said.slice(0, 300)))
    return end(
      'credentials-missing',
      `The login to ${host} expired before ${operation}`,
      'Re-run the failed job: it continues where it stopped. If the upload takes longer than the session of the AWS credentials, set a longer one: role-duration-seconds (an input of aws-actions/configure-aws-credentials and of the reusable workflows), up to the maximum session duration of the role.',
    );
  // Amazon ECR answers LimitExceededException with 403, too.
  if (status === 403 && /\b(?:maximum number|limit|quota)\b/i.test(said.slice(0, 300)))
    return end(
      'quota-exceeded',
      `The registry refused ${operation}, because a quota is exceeded`,
      'Delete tags or images that nothing needs. Or request a higher quota for Amazon ECR in the Service Quotas console. The quota of 1,000 tags of an image cannot be raised.',
    );
  if (status === 401 || status === 403 || code === 'DENIED' || code === 'UNAUTHORIZED') {
    return end('access-denied', `The registry refused ${operation}`, grantHint(operation, host));
  }
  switch (code) {
    case 'NAME_UNKNOWN':
      return end(
        'repository-missing',
        `There is no repository for ${operation}`,
        'Create the repository. If it existed when the step began, find out who deleted it.',
      );
    case 'MANIFEST_UNKNOWN':
    case 'BLOB_UNKNOWN':
      return end('image-missing', `There is nothing for ${operation}`);
    case 'TAG_INVALID':
      return end('tag-conflict', `The registry refused ${operation}`);
    // The second code is Amazon ECR's (InvalidLayerException).
    case 'DIGEST_INVALID':
    case 'BLOB_UPLOAD_INVALID':
      return end(
        'digest-mismatch',
        `The registry got other bytes in ${operation}`,
        'The image set was edited, or its disk is failing: build again.',
      );
    case 'BLOB_UPLOAD_UNKNOWN':
    case 'MANIFEST_BLOB_UNKNOWN':
      return end(
        'outside-failed',
        `The registry lacks content for ${operation}`,
        'Run the step again: it copies what is missing. If it fails again, check which lifecycle rule or job removes untagged images there.',
      );
    default:
      return end(
        'outside-failed',
        `The registry answered ${operation} with ${status}${code === '' ? '' : ` ${code}`}`,
      );
  }
}

/** The permissions of Amazon ECR that requests to its registry need (ECR user guide, "IAM policy examples"). */
const permissions: readonly (readonly [operation: string, actions: string])[] = [
  ['PUT manifest', 'ecr:PutImage'],
  ['PUT blob', 'ecr:InitiateLayerUpload, ecr:UploadLayerPart and ecr:CompleteLayerUpload'],
  ['GET blob', 'ecr:GetDownloadUrlForLayer'],
  ['GET tags', 'ecr:ListImages'],
  ['GET', 'ecr:BatchGetImage'],
];

function grantHint(operation: string, host: string): string {
  const [, needed] = permissions.find(([start]) => operation.startsWith(start)) ?? [];
  if (needed === undefined || parseEcrHost(host) === undefined)
    return 'Check that the login of this job may do that in the repository.';
  return `Grant ${needed} to this role. If the repository is in another account, its repository policy must allow the same to the role. If it uses a VPC endpoint, so must the policy of the endpoint.`;
}

/**
 * Retries a registry operation while it fails transiently.
 *
 * @param operation for messages
 * @param signal cancels the attempts
 * @throws OutsideError if every attempt fails; the reason of the signal
 */
export async function retryOutside<T>(
  port: RetryPort,
  operation: string,
  attempt: () => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  try {
    return await retry(port, attempt, signal);
  } catch (error) {
    signal?.throwIfAborted();
    throw outside(operation, error);
  }
}

/**
 * Returns the error for a call that could not be made or failed on every attempt. Other errors are returned
 * unchanged.
 */
function outside(operation: string, error: unknown): unknown {
  if (error instanceof CodedError) return error;
  const cause = error instanceof TransientError ? error.cause : error;
  if (isSystemError(cause)) {
    return new OutsideError(
      'registry-unreachable',
      `The registry could not be reached for ${operation}: ${(error as Error).message}`,
      {
        operation,
        hint: 'Check the name of the registry. If it is right, check that this machine can reach it: its proxy, its VPC endpoint, TOWPATH_REGISTRY_ENDPOINTS.',
        cause: error,
      },
    );
  }
  if (!(error instanceof TransientError)) return error;
  return new OutsideError('outside-failed', `${operation} failed after retries: ${error.message}`, {
    operation,
    requestId: error.requestId,
    hint: 'Run it again.',
    cause: error,
  });
}

/** Returns the delay in milliseconds. A date is compared with the sender's clock (RFC 9110, 10.2.3). */
function retryAfterOf({ 'retry-after': after, date = '' }: IncomingHttpHeaders): number | undefined {
  if (after === undefined) return undefined;
  const seconds = Number(after);
  const wait = Number.isNaN(seconds) ? Date.parse(after) - (Date.parse(date) || Date.now()) : seconds * 1000;
  return Number.isNaN(wait) ? undefined : Math.max(0, wait);
}

function requestIdOf(headers: IncomingHttpHeaders): string | undefined {
  const id = headers['x-amzn-requestid'] ?? headers['x-amz-request-id'];
  return typeof id === 'string' ? id : undefined;
}

function parseRefusal(bytes: Buffer): { readonly code: string; readonly message: string } {
  const { success, data } = refusalSchema.safeParse(parseJson(bytes));
  if (success) return data.errors[0];
  // Proxies and load balancers respond with pages instead of JSON.
  return { code: '', message: bytes.toString('utf8').replace(/\s+/g, ' ').trim().slice(0, 300) };
}
