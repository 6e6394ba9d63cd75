import { isLike } from '../access/condition.ts';
import { parsePolicy, type Policy } from '../access/policy.ts';
import { invalidParameter } from '../registry/exceptions.ts';
import { readModel } from '../service-model/model.ts';

/** Actions of ECR, in small letters: its operations, and two that are none (Service Authorization Reference, ECR). */
const actions = [...Object.keys(readModel('ecr').operations), 'ReplicateImage', 'BatchImportUpstreamImage']
  .filter((name) => name !== 'GetAuthorizationToken')
  .map((name) => `ecr:${name.toLowerCase()}`);

/** @throws Refusal InvalidParameterException, which does not say what is wrong: ECR does not either */
export function checkPolicy(text: string, kind: 'repository' | 'public repository' | 'registry'): Policy {
  try {
    const policy = parsePolicy(text, kind);
    if (kind === 'registry') demandKnownActions(policy);
    return policy;
  } catch (error) {
    if (error instanceof SyntaxError)
      throw invalidParameter('PolicyText', `Invalid ${kind.replace('public ', '')} policy provided`);
    throw error;
  }
}

/** A token is for all registries of a region, so no registry's policy speaks of it. @throws SyntaxError */
function demandKnownActions({ statements }: Policy): void {
  const patterns = statements.flatMap((statement) => statement.actions.patterns);
  if (!patterns.every((pattern) => actions.some((action) => isLike(action, pattern.toLowerCase()))))
    throw new SyntaxError('Action is none of ECR');
}
