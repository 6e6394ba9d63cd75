import { StartImageScanCommand } from '@aws-sdk/client-ecr';
import type { Digest } from '@towpath/reference';
import type { PrivateEcr } from './aws.ts';
import { failure } from './call.ts';

/**
 * - `started`: a basic scan was started.
 * - `limited`: ECR scanned the image within the last 24 hours, and does not scan it again before they are over.
 * - `unsupported`: basic scanning is off, or ECR cannot scan this type of image.
 */
export type ScanStart = 'started' | 'limited' | 'unsupported';

/**
 * Starts a basic scan of an image.
 *
 * @throws CodedError `access-denied`, `image-missing`, …
 */
export async function startScan(
  { client, account, host }: PrivateEcr,
  repository: string,
  digest: Digest,
  signal?: AbortSignal,
): Promise<ScanStart> {
  const command = new StartImageScanCommand({
    registryId: account,
    repositoryName: repository,
    imageId: { imageDigest: digest },
  });
  command.middlewareStack.addRelativeTo(withoutRetry, {
    relation: 'after',
    toMiddleware: 'retryMiddleware',
    name: 'limitExceeded',
  });
  try {
    const { imageScanStatus } = await client.send(command, { abortSignal: signal });
    return imageScanStatus?.status === 'LIMIT_EXCEEDED' ? 'limited' : 'started';
  } catch (error) {
    const { name = '', message = '' } = error instanceof Error ? error : {};
    if (name === 'UnsupportedImageTypeException' || name === 'ImageArchivedException') return 'unsupported';
    // Under enhanced scanning (ECR User Guide, "Image scanning").
    if (name === 'ValidationException' && message.slice(0, 1000).includes('feature is disabled'))
      return 'unsupported';
    throw failure({ operation: 'ecr:StartImageScan', subject: `${repository}@${digest} in ${host}` }, error);
  }
}

/**
 * Returns the limit of 24 hours as an answer. As an exception, the SDK would take it for throttling and repeat the call.
 */
function withoutRetry<I, O extends object>(
  next: (args: I) => Promise<{ response: unknown; output: O }>,
): (args: I) => Promise<{ response: unknown; output: O }> {
  return async (args) => {
    try {
      return await next(args);
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'LimitExceededException') throw error;
      const output = { $metadata: {}, imageScanStatus: { status: 'LIMIT_EXCEEDED' } } as unknown as O;
      return { response: undefined, output };
    }
  };
}
