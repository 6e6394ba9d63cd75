import {
  DeleteLifecyclePolicyCommand,
  GetLifecyclePolicyCommand,
  PutLifecyclePolicyCommand,
} from '@aws-sdk/client-ecr';
import type { PrivateEcr } from './aws.ts';
import { call, failure } from './call.ts';

/**
 * Returns the text of a repository's lifecycle policy, or undefined if it has none.
 *
 * @throws CodedError `repository-missing`, `access-denied`, …
 */
export async function lifecyclePolicy(
  { client, account, host }: PrivateEcr,
  repositoryName: string,
): Promise<string | undefined> {
  try {
    const { lifecyclePolicyText } = await client.send(
      new GetLifecyclePolicyCommand({ registryId: account, repositoryName }),
    );
    return lifecyclePolicyText;
  } catch (error) {
    if (error instanceof Error && error.name === 'LifecyclePolicyNotFoundException') return undefined;
    throw failure({ operation: 'ecr:GetLifecyclePolicy', subject: `${repositoryName} in ${host}` }, error);
  }
}

/**
 * Sets the lifecycle policy of a repository. Replaces the one that it has in place, so the repository is never without
 * a policy in between.
 *
 * @throws CodedError `repository-missing`, `access-denied`, …
 */
export async function putLifecyclePolicy(
  { client, account, host }: PrivateEcr,
  repositoryName: string,
  lifecyclePolicyText: string,
): Promise<void> {
  await call({ operation: 'ecr:PutLifecyclePolicy', subject: `${repositoryName} in ${host}` }, () =>
    client.send(new PutLifecyclePolicyCommand({ registryId: account, repositoryName, lifecyclePolicyText })),
  );
}

/**
 * Removes the lifecycle policy of a repository. Succeeds if it has none.
 *
 * @throws CodedError `repository-missing`, `access-denied`, …
 */
export async function deleteLifecyclePolicy(
  { client, account, host }: PrivateEcr,
  repositoryName: string,
): Promise<void> {
  try {
    await client.send(new DeleteLifecyclePolicyCommand({ registryId: account, repositoryName }));
  } catch (error) {
    if (error instanceof Error && error.name === 'LifecyclePolicyNotFoundException') return;
    throw failure({ operation: 'ecr:DeleteLifecyclePolicy', subject: `${repositoryName} in ${host}` }, error);
  }
}
