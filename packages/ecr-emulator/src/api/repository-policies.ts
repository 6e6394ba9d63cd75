import type {
  DeleteRepositoryPolicyRequest,
  DeleteRepositoryPolicyResponse,
  GetRepositoryPolicyRequest,
  GetRepositoryPolicyResponse,
  SetRepositoryPolicyRequest,
  SetRepositoryPolicyResponse,
} from '@aws-sdk/client-ecr';
import { parsePolicy } from '../access/policy.ts';
import { invalidParameter, policyNotFound } from '../registry/words.ts';
import type { Call, Operations } from './operation.ts';

async function setRepositoryPolicy({
  registry,
  input,
}: Call<SetRepositoryPolicyRequest>): Promise<SetRepositoryPolicyResponse> {
  const { repositoryName, policyText } = input;
  checkPolicy(policyText);
  await registry.repository(repositoryName).update((record) => ({ ...record, policy: policyText }));
  return { registryId: registry.account, repositoryName, policyText };
}

function getRepositoryPolicy({
  registry,
  input,
}: Call<GetRepositoryPolicyRequest>): GetRepositoryPolicyResponse {
  const { repositoryName } = input;
  const policyText = registry.repository(repositoryName).record.policy;
  if (policyText === undefined) throw policyNotFound('Repository policy', repositoryName, registry.account);
  return { registryId: registry.account, repositoryName, policyText };
}

async function deleteRepositoryPolicy(
  call: Call<DeleteRepositoryPolicyRequest>,
): Promise<DeleteRepositoryPolicyResponse> {
  const removed = getRepositoryPolicy(call);
  await call.registry
    .repository(call.input.repositoryName)
    .update((record) => ({ ...record, policy: undefined }));
  return removed;
}

export const repositoryPolicies: Operations = {
  SetRepositoryPolicy: setRepositoryPolicy,
  GetRepositoryPolicy: getRepositoryPolicy,
  DeleteRepositoryPolicy: deleteRepositoryPolicy,
};

function checkPolicy(text: string): void {
  try {
    parsePolicy(text);
  } catch (error) {
    if (error instanceof SyntaxError)
      throw invalidParameter('PolicyText', 'Invalid repository policy provided');
    throw error;
  }
}
