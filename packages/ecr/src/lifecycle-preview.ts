import {
  GetLifecyclePolicyPreviewCommand,
  StartLifecyclePolicyPreviewCommand,
  type GetLifecyclePolicyPreviewResponse,
  type LifecyclePolicyPreviewResult,
} from '@aws-sdk/client-ecr';
import { OutsideError } from '@towpath/errors';
import { isDigest, type Digest } from '@towpath/reference';
import type { PrivateEcr } from './aws.ts';
import { call, failure } from './call.ts';
import { readPages } from './pages.ts';

/** An image that a lifecycle policy would expire or archive. */
export interface PreviewedImage {
  readonly digest: Digest;
  readonly tags: readonly string[];
  readonly action: 'expire' | 'archive';
  /** The priority of the rule. */
  readonly rule: number;
}

/** Waits, as the clock of the Runtime does. */
interface Waiter {
  sleep(milliseconds: number): Promise<void>;
}

const pageSize = 100;

/** Waits in milliseconds: short at first, for most previews are ready at once, and ten minutes in all. */
const waits: readonly number[] = [250, 500, 1000, 2000, 4000, ...Array.from({ length: 59 }, () => 10_000)];

/**
 * Asks ECR which images a policy would expire or archive. Starting the preview is a write: ECR stores the preview with
 * the repository, and no image changes. An unfinished, failed or expired preview is an error, never an empty list.
 *
 * @throws OutsideError `outside-failed` if the preview fails, expires, belongs to another policy, or takes too long
 * @throws CodedError `repository-missing`, `access-denied`, …
 */
export async function previewLifecycle(
  registry: PrivateEcr,
  repositoryName: string,
  policy: string,
  waiter: Waiter,
): Promise<readonly PreviewedImage[]> {
  await start(registry, repositoryName, policy, waiter);
  const subject = `${repositoryName} in ${registry.host}`;
  const what = { operation: 'ecr:GetLifecyclePolicyPreview', subject };
  const get = (nextToken?: string): Promise<GetLifecyclePolicyPreviewResponse> =>
    call(what, () =>
      registry.client.send(
        new GetLifecyclePolicyPreviewCommand({
          registryId: registry.account,
          repositoryName,
          maxResults: pageSize,
          nextToken,
        }),
      ),
    );
  for (const wait of waits) {
    const first = await get();
    if (first.status === 'IN_PROGRESS') {
      await waiter.sleep(wait);
      continue;
    }
    const images: PreviewedImage[] = [];
    const pages = readPages(what, (nextToken) =>
      nextToken === undefined ? Promise.resolve(first) : get(nextToken),
    );
    for await (const page of pages) {
      requireComplete(page, policy, what);
      images.push(...(page.previewResults ?? []).map((one) => read(one, what)));
    }
    return images;
  }
  throw new OutsideError(
    'outside-failed',
    `The lifecycle policy preview of ${subject} did not finish in ten minutes.`,
    {
      operation: what.operation,
      hint: 'Run the step again.',
    },
  );
}

/** Starts the preview. Another preview of the repository may be running: ECR runs one at a time. */
async function start(
  { client, account, host }: PrivateEcr,
  repositoryName: string,
  lifecyclePolicyText: string,
  waiter: Waiter,
): Promise<void> {
  const command = new StartLifecyclePolicyPreviewCommand({
    registryId: account,
    repositoryName,
    lifecyclePolicyText,
  });
  const what = { operation: 'ecr:StartLifecyclePolicyPreview', subject: `${repositoryName} in ${host}` };
  for (const wait of waits) {
    try {
      await client.send(command);
      return;
    } catch (error) {
      const isBusy = error instanceof Error && error.name === 'LifecyclePolicyPreviewInProgressException';
      if (!isBusy) throw failure(what, error);
      await waiter.sleep(wait);
    }
  }
  throw new OutsideError(
    'outside-failed',
    `Another lifecycle policy preview of ${what.subject} does not finish.`,
    {
      operation: what.operation,
      hint: 'Run the step again later.',
    },
  );
}

function requireComplete(
  { status, lifecyclePolicyText }: GetLifecyclePolicyPreviewResponse,
  policy: string,
  { operation, subject }: { readonly operation: string; readonly subject: string },
): void {
  if (status !== 'COMPLETE')
    throw new OutsideError(
      'outside-failed',
      `The lifecycle policy preview of ${subject} ended with ${status ?? 'no status'}.`,
      {
        operation,
        hint: 'Run the step again. Without a preview it is unknown which images would expire.',
      },
    );
  if (lifecyclePolicyText !== undefined && !isSameJson(lifecyclePolicyText, policy))
    throw new OutsideError(
      'outside-failed',
      `The lifecycle policy preview of ${subject} belongs to another policy.`,
      {
        operation,
        hint: 'Someone else started a preview at the same time. Run the step again.',
      },
    );
}

function isSameJson(one: string, other: string): boolean {
  return one === other || JSON.stringify(JSON.parse(one)) === JSON.stringify(JSON.parse(other));
}

function read(
  { imageDigest = '', imageTags = [], action, appliedRulePriority = 0 }: LifecyclePolicyPreviewResult,
  { operation, subject }: { readonly operation: string; readonly subject: string },
): PreviewedImage {
  const { type } = action ?? {};
  if (!isDigest(imageDigest) || (type !== 'EXPIRE' && type !== 'TRANSITION'))
    throw new OutsideError('outside-failed', `ECR returned an unknown preview of an image of ${subject}.`, {
      operation,
    });
  return {
    digest: imageDigest,
    tags: imageTags,
    action: type === 'EXPIRE' ? 'expire' : 'archive',
    rule: appliedRulePriority,
  };
}
