import { isLike } from '../access/condition.ts';
import { parsePolicy, type Policy } from '../access/policy.ts';
import { invalidParameter } from '../registry/exceptions.ts';
import { readModel } from '../service-model/model.ts';

/** The actions of ECR in lower case: its operations and two more (Service Authorization Reference, ECR). */
const actions = [...Object.keys(readModel('ecr').operations), 'ReplicateImage', 'BatchImportUpstreamImage']
  .filter((name) => name !== 'GetAuthorizationToken')
  .map((name) => `ecr:${name.toLowerCase()}`);

/** @throws Refusal InvalidParameterException without the error in the policy, as ECR does */
export function checkPolicy(text: string, kind: 'repository' | 'public repository' | 'registry'): Policy {
  try {
    const policy = parsePolicy(text, kind);
    if (kind === 'registry') requireKnownActions(policy);
    return policy;
  } catch (error) {
    if (error instanceof SyntaxError)
      throw invalidParameter('PolicyText', `Invalid ${kind.replace('public ', '')} policy provided`);
    throw error;
  }
}

/**
 * Checks the actions of a registry policy. GetAuthorizationToken is not allowed, because a token is for all registries.
 *
 * @throws SyntaxError
 */
function requireKnownActions({ statements }: Policy): void {
  const patterns = statements.flatMap((statement) => statement.actions.patterns);
  if (!patterns.every((pattern) => actions.some((action) => isLike(action, pattern.toLowerCase()))))
    throw new SyntaxError('Action is not an action of ECR');
}
