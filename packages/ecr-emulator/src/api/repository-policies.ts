import type {
  DeleteRepositoryPolicyRequest,
  DeleteRepositoryPolicyResponse,
  GetRepositoryPolicyRequest,
  GetRepositoryPolicyResponse,
  SetRepositoryPolicyRequest,
  SetRepositoryPolicyResponse,
} from '@aws-sdk/client-ecr';
import { decide } from '../access/policy.ts';
import { repositoryArn } from '../access/arn.ts';
import { invalidParameter, policyNotFound } from '../registry/exceptions.ts';
import { checkPolicy } from './check-policy.ts';
import type { Call, Operations } from './operation.ts';

async function setRepositoryPolicy({
  registry,
  caller,
  input,
}: Call<SetRepositoryPolicyRequest>): Promise<SetRepositoryPolicyResponse> {
  const { repositoryName, policyText } = input;
  const policy = checkPolicy(policyText, 'repository');
  const next = {
    caller,
    action: 'ecr:SetRepositoryPolicy',
    resource: repositoryArn(registry, repositoryName),
    byAccount: true,
  };
  if (input.force !== true && decide([policy], next) === 'deny') {
    throw invalidParameter('PolicyText', 'The policy would prevent you from setting another one; use force');
  }
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
