import { CodedError, OutsideError, type Code } from '@towpath/errors';
import { explanationOf } from './exceptions.ts';

/** A call of an AWS API, as messages describe it. */
export interface Call {
  /** The required permission, e.g. `ecr:PutImage`. */
  readonly operation: string;
  /** The resource, e.g. `payroll/backend in 111122223333.dkr.ecr.us-east-1.amazonaws.com`. */
  readonly subject?: string;
  /** The image or the tag in the resource, e.g. `tag 1.4.0`. */
  readonly item?: string;
}

/** The parts of an SDK exception that are used here. */
interface SdkException extends Error {
  readonly code?: string;
  readonly $metadata?: { readonly requestId?: string; readonly httpStatusCode?: number };
}

/** Names of exceptions, in all AWS protocols, for missing or invalid credentials. */
const unknownCaller = new Set([
  'CredentialsProviderError',
  'IncompleteSignature',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'MissingAuthenticationTokenException',
  'TokenProviderError',
  'UnrecognizedClientException',
]);

/** Names of exceptions for expired credentials. */
const expired = new Set(['ExpiredToken', 'ExpiredTokenException', 'RequestExpired']);

const expiredHint =
  'Re-run the failed job: it continues where it stopped. If the upload takes longer than the session, set a longer one: role-duration-seconds (an input of aws-actions/configure-aws-credentials and of the reusable workflows), up to the maximum session duration of the role.';

/** Matches AWS's message with both accounts: `User: arn:… is not authorized to perform: … on resource: arn:…`. */
const refused =
  /^User: (?<user>arn:[\w-]+:\w+::(?<caller>\d{12}):\S+) is not authorized .* on resource: arn:[\w-]+:ecr:[\w-]*:(?<owner>\d{12}):repository\/(?<repository>\S+)/;

/**
 * Calls an AWS API. The SDK retries transient errors.
 *
 * @throws CodedError or OutsideError for all errors of the SDK
 */
export async function call<T>(what: Call, send: () => Promise<T>): Promise<T> {
  try {
    return await send();
  } catch (error) {
    throw failure(what, error);
  }
}

/** Translates an error of the SDK to a message with a hint. */
export function failure({ operation, subject, item }: Call, error: unknown): unknown {
  if (error instanceof CodedError || !(error instanceof Error)) return error;
  const { name, code, $metadata } = error as SdkException;
  const message = error.message.trim();
  const action = item === undefined ? operation : `${operation} of ${item}`;
  const what = subject === undefined ? action : `${action} on ${subject}`;
  const details = { operation, requestId: $metadata?.requestId, cause: error };
  const fail = (errorCode: Code, text: string, hint: string) =>
    new OutsideError(errorCode, text, { ...details, hint });

  if (expired.has(name)) {
    return new CodedError('credentials-missing', `The AWS credentials expired before ${what}: ${message}`, {
      hint: expiredHint,
      cause: error,
    });
  }
  if (/scoped to a valid region/i.test(message.slice(0, maxMessage))) {
    return new CodedError(
      'credentials-missing',
      `AWS denied ${what}, because the credentials are for another region: ${message}`,
      {
        hint: 'Check the region of the registry in the configuration, the input region and AWS_REGION. If AWS_ENDPOINT_URL is set, it must be the endpoint of that region.',
        cause: error,
      },
    );
  }
  if (unknownCaller.has(name)) {
    const hint = `Run aws-actions/configure-aws-credentials in a step before this one, in a job with permissions: id-token: write. ${partitionHint(operation)}`;
    return new CodedError(
      'credentials-missing',
      `There are no valid AWS credentials for ${what}: ${message}`,
      { hint, cause: error },
    );
  }
  if (name === 'AccessDeniedException' || name === 'AccessDenied') {
    return fail('access-denied', `AWS denied ${what}: ${message}`, grantHint(operation, message));
  }
  const known = explanationOf(name);
  if (known !== undefined) {
    const failed = { operation, what, subject: subject ?? '', message };
    return fail(known.code, known.text(failed), known.hint(failed));
  }
  if ($metadata?.httpStatusCode === undefined) {
    return fail(
      'registry-unreachable',
      `AWS could not be reached for ${what}: ${message || (code ?? name)}`,
      'Check the region. If it is right, check that this machine can reach the API: its proxy, its VPC endpoint, AWS_ENDPOINT_URL.',
    );
  }
  return fail(
    'outside-failed',
    `${what} failed: ${name}: ${message}`,
    'Run the step again. If it fails again, contact AWS support with the request id.',
  );
}

/** Credentials are valid in the partition of their account only (IAM user guide, "AWS partitions"). */
function partitionHint(operation: string): string {
  return operation.startsWith('ecr-public:')
    ? 'Amazon ECR Public accepts only accounts of the partition aws, not those of AWS China, GovCloud or another partition.'
    : 'If the registry is in another AWS partition than the job, such as China or GovCloud, give its environment a role of that partition.';
}

/** Returns the hint for a denied call. In another account, AWS gives the same answer if the repository does not exist. */
function grantHint(operation: string, message: string): string {
  // AWS names the kind of the policy in its message (IAM user guide, "Troubleshoot access denied error messages").
  const { kind } =
    /with an explicit deny in an? (?<kind>service control|resource control) policy/.exec(
      message.slice(0, maxMessage),
    )?.groups ?? {};
  if (kind !== undefined)
    return `A ${kind} policy of the AWS organization denies ${operation}, whatever this role may do. Ask the administrators of the organization.`;
  const { user, caller, owner, repository } = refused.exec(message.slice(0, maxMessage))?.groups ?? {};
  if (user === undefined || repository === undefined || caller === owner) return grant(operation);
  if (repository === '*')
    return `The registry is that of account ${owner ?? ''}, and this role is in account ${caller ?? ''}. Only a role of account ${owner ?? ''} can call ${operation} for all repositories. Set role of the environment to such a role, with the permission ${operation}.`;
  return `${repository} is in account ${owner ?? ''}, and this role in ${caller ?? ''}. Check that the repository exists in account ${owner ?? ''}: AWS gives the same answer if it does not. If it is missing, create it there: create-repository works only in the role's own account. Its repository policy must allow ${operation} to ${user}, and the policy of the role must allow ${operation} on it.`;
}

/** Matches operations of a whole registry. Their permission has the resource `*`, and no repository policy can grant it. */
const ofRegistry =
  /^ecr:.*(?:Registry|AuthorizationToken|AccountSetting|PullThrough|PullTime|Signing|Template|ReplicationConfiguration|Backfill)/;

function grant(operation: string): string {
  if (operation === 'ecr:CreateRepository')
    return `Grant ${operation} to this role. It creates repositories in its own account only.`;
  if (ofRegistry.test(operation))
    return `Grant ${operation} to this role, with the resource *: the permission is for the whole registry.`;
  return operation.startsWith('ecr:')
    ? `Grant ${operation} to this role. For a repository in another account, its repository policy must allow ${operation} too.`
    : `Grant ${operation} to this role.`;
}

/** The number of characters of an AWS message that are examined. */
const maxMessage = 2000;
