import {
  DeleteRepositoryPolicyCommand,
  GetRepositoryPolicyCommand,
  SetRepositoryPolicyCommand,
} from '@aws-sdk/client-ecr';
import { CodedError } from '@towpath/errors';
import type { PrivateEcr } from './aws.ts';
import { failure } from './call.ts';

/**
 * Returns the text of a repository's policy, or undefined if it has none.
 *
 * @throws CodedError `repository-missing`, `access-denied`, …
 */
export async function repositoryPolicy(
  { client, account, host }: PrivateEcr,
  repositoryName: string,
): Promise<string | undefined> {
  try {
    const { policyText } = await client.send(
      new GetRepositoryPolicyCommand({ registryId: account, repositoryName }),
    );
    return policyText;
  } catch (error) {
    if (error instanceof Error && error.name === 'RepositoryPolicyNotFoundException') return undefined;
    throw failure({ operation: 'ecr:GetRepositoryPolicy', subject: `${repositoryName} in ${host}` }, error);
  }
}

/**
 * Sets the policy of a repository, or removes it. Never uses `force`, so that ECR refuses a policy that would prevent
 * the caller from changing it again.
 *
 * @param policyText undefined to remove the policy
 * @throws CodedError `policy-refused` if ECR refuses the policy
 */
export async function setRepositoryPolicy(
  { client, account, host }: PrivateEcr,
  repositoryName: string,
  policyText: string | undefined,
): Promise<void> {
  const subject = `${repositoryName} in ${host}`;
  const repository = { registryId: account, repositoryName };
  if (policyText === undefined) {
    try {
      await client.send(new DeleteRepositoryPolicyCommand(repository));
    } catch (error) {
      if (error instanceof Error && error.name === 'RepositoryPolicyNotFoundException') return;
      throw failure({ operation: 'ecr:DeleteRepositoryPolicy', subject }, error);
    }
    return;
  }
  try {
    await client.send(new SetRepositoryPolicyCommand({ ...repository, policyText }));
  } catch (error) {
    if (error instanceof Error && error.name === 'InvalidParameterException')
      throw new CodedError('policy-refused', `ECR refused the policy of ${subject}: ${error.message}`, {
        hint: 'Check that all readers exist. If the policy would lock you out, correct its statements that Towpath does not own, with aws ecr get-repository-policy and set-repository-policy.',
        cause: error,
      });
    throw failure({ operation: 'ecr:SetRepositoryPolicy', subject }, error);
  }
}
