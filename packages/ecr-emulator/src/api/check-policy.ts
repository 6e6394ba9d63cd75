import { parsePolicy, type Policy } from '../access/policy.ts';
import { invalidParameter } from '../registry/words.ts';

/** @throws Refusal InvalidParameterException, which does not say what is wrong: ECR does not either */
export function checkPolicy(text: string, kind: 'repository' | 'public repository' | 'registry'): Policy {
  try {
    return parsePolicy(text, kind);
  } catch (error) {
    if (error instanceof SyntaxError)
      throw invalidParameter('PolicyText', `Invalid ${kind.replace('public ', '')} policy provided`);
    throw error;
  }
}
