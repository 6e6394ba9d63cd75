import {
  DeleteRegistryPolicyCommand,
  GetRegistryPolicyCommand,
  PutRegistryPolicyCommand,
} from '@aws-sdk/client-ecr';
import { CodedError } from '@towpath/errors';
import type { PrivateEcr } from './aws.ts';
import { failure } from './call.ts';

/** Returns the text of a registry's policy, or undefined if it has none. @throws CodedError `access-denied`, … */
export async function registryPolicy({ client, host }: PrivateEcr): Promise<string | undefined> {
  try {
    const { policyText } = await client.send(new GetRegistryPolicyCommand({}));
    return policyText;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw failure({ operation: 'ecr:GetRegistryPolicy', subject: host }, error);
  }
}

/**
 * Replaces the policy of a registry, or removes it.
 *
 * @param policyText undefined to remove the policy
 * @throws CodedError `policy-refused` if ECR refuses the policy
 */
export async function putRegistryPolicy(
  { client, host }: PrivateEcr,
  policyText: string | undefined,
): Promise<void> {
  const operation = policyText === undefined ? 'ecr:DeleteRegistryPolicy' : 'ecr:PutRegistryPolicy';
  try {
    if (policyText === undefined) await client.send(new DeleteRegistryPolicyCommand({}));
    else await client.send(new PutRegistryPolicyCommand({ policyText }));
  } catch (error) {
    if (policyText === undefined && isAbsent(error)) return;
    if (error instanceof Error && error.name === 'InvalidParameterException')
      throw new CodedError('policy-refused', `ECR refused the policy of ${host}: ${error.message}`, {
        hint: 'Check that all principals of repositories.registry.policy exist, and that all actions are actions of ECR.',
        cause: error,
      });
    throw failure({ operation, subject: host }, error);
  }
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && error.name === 'RegistryPolicyNotFoundException';
}
