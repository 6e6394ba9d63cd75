import { CodedError, OutsideError, type Code } from '@towpath/errors';

/** What a call is, for the person who reads that it failed. */
export interface Call {
  /** The permission it needs, e.g. `ecr:PutImage`. */
  readonly operation: string;
  /** What it is about, e.g. `payroll/backend in 111122223333.dkr.ecr.us-east-1.amazonaws.com`. */
  readonly subject?: string;
}

/** The parts of an SDK exception that are used here. */
interface SdkException extends Error {
  readonly code?: string;
  readonly $metadata?: { readonly requestId?: string; readonly httpStatusCode?: number };
}

/** Names of exceptions, over all protocols of AWS, that mean: who you are is not known. */
const unknownCaller = new Set([
  'CredentialsProviderError',
  'ExpiredToken',
  'ExpiredTokenException',
  'IncompleteSignature',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'MissingAuthenticationTokenException',
  'TokenProviderError',
  'UnrecognizedClientException',
]);

/**
 * Makes one call of an AWS API; the SDK retries what is transient.
 *
 * @throws CodedError or OutsideError, whatever the SDK throws
 */
export async function call<T>(what: Call, send: () => Promise<T>): Promise<T> {
  try {
    return await send();
  } catch (error) {
    throw failure(what, error);
  }
}

/** The error that a person can act on, for what the SDK threw. */
export function failure({ operation, subject }: Call, error: unknown): unknown {
  if (error instanceof CodedError || !(error instanceof Error)) return error;
  const { name, message, code, $metadata } = error as SdkException;
  const what = subject === undefined ? operation : `${operation} on ${subject}`;
  const details = { operation, requestId: $metadata?.requestId, cause: error };
  const end = (ending: Code, text: string, hint: string) =>
    new OutsideError(ending, text, { ...details, hint });

  if (unknownCaller.has(name)) {
    const hint =
      'Give the job AWS credentials, e.g. by aws-actions/configure-aws-credentials with permissions id-token: write. They may also have expired.';
    return new CodedError(
      'credentials-missing',
      `There are no valid AWS credentials for ${what}: ${message}`,
      { hint, cause: error },
    );
  }
  if (name === 'AccessDeniedException' || name === 'AccessDenied') {
    return end(
      'access-denied',
      `AWS refused ${what}: ${message}`,
      `Grant ${operation} to this role; in another account its repository policy must allow it too.`,
    );
  }
  if (name === 'RepositoryNotFoundException') {
    return end(
      'repository-missing',
      `There is no repository ${subject ?? ''}: ${message}`,
      'Create it first, or set create-repository: true on publish.',
    );
  }
  if (name === 'ParameterNotFound') {
    return end(
      'parameter-missing',
      `There is no ${subject ?? 'parameter'}.`,
      'Create the parameter, or name the registry in towpath.yaml.',
    );
  }
  if ($metadata?.httpStatusCode === undefined) {
    return end(
      'registry-unreachable',
      `AWS could not be reached for ${what}: ${message || (code ?? name)}`,
      'Is the region right, and can this machine reach the API (proxy, VPC endpoint, AWS_ENDPOINT_URL)?',
    );
  }
  return end(
    'outside-failed',
    `${what} failed: ${name}: ${message}`,
    'Run it again; if it stays, ask AWS support with the request id.',
  );
}
