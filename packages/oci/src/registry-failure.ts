import { CodedError, OutsideError } from '@towpath/errors';
import { TransientError } from './retry.ts';
import { readText, type Response } from './transport.ts';

/** What a registry says about its refusal (OCI distribution 1.1, "Error codes"). */
interface RegistryRefusal {
  readonly code: string;
  readonly message: string;
}

/**
 * The error for an answer that was not hoped for.
 *
 * @param operation e.g. `PUT manifest in 111122223333.dkr.ecr.us-east-1.amazonaws.com/payroll/backend`
 */
export async function refusal(operation: string, response: Response): Promise<OutsideError> {
  const { status, headers } = response;
  const { code, message } = parseRefusal(await readText(response));
  const requestId = headers['x-amzn-requestid'] ?? headers['x-amz-request-id'];
  const details = { operation, requestId: typeof requestId === 'string' ? requestId : undefined };
  const said = message === '' ? `status ${status}` : message;
  if (status === 401 || status === 403 || code === 'DENIED' || code === 'UNAUTHORIZED') {
    return new OutsideError('access-denied', `The registry refused ${operation}: ${said}`, {
      ...details,
      hint: 'Does the role have the permissions of this job, and does the repository policy let its account in?',
    });
  }
  if (code === 'NAME_UNKNOWN') {
    return new OutsideError('repository-missing', `There is no repository for ${operation}: ${said}`, {
      ...details,
      hint: 'Create the repository first.',
    });
  }
  if (code === 'TAG_INVALID')
    return new OutsideError('tag-conflict', `The registry refused ${operation}: ${said}`, details);
  if (code === 'DIGEST_INVALID') {
    return new OutsideError(
      'digest-mismatch',
      `The registry got other bytes in ${operation}: ${said}`,
      details,
    );
  }
  return new OutsideError(
    'outside-failed',
    `The registry answered ${operation} with ${status} ${code}: ${said}`,
    details,
  );
}

/** The error for a call that could not be made, or failed each time. */
export function outside(operation: string, error: unknown): unknown {
  if (error instanceof CodedError || !(error instanceof Error)) return error;
  if (error instanceof TransientError && error.cause === undefined) {
    return new OutsideError('outside-failed', `${operation} failed after retries: ${error.message}`, {
      operation,
      hint: 'Run it again.',
      cause: error,
    });
  }
  if (!(error instanceof TransientError) && (error as NodeJS.ErrnoException).code === undefined) return error;
  return new OutsideError(
    'registry-unreachable',
    `The registry could not be reached for ${operation}: ${error.message}`,
    {
      operation,
      hint: 'Is the registry’s name right, and can this machine reach it (proxy, VPC endpoint, TOWPATH_REGISTRY_ENDPOINTS)?',
      cause: error,
    },
  );
}

function parseRefusal(text: string): RegistryRefusal {
  try {
    const { errors } = JSON.parse(text) as { errors?: readonly Partial<RegistryRefusal>[] };
    return { code: errors?.[0]?.code ?? '', message: errors?.[0]?.message ?? '' };
  } catch {
    // Proxies and load balancers answer with pages of their own.
    return { code: '', message: text.trim().slice(0, 300) };
  }
}
