import { authorize } from '../access/authorize.ts';
import type { Routed } from './route.ts';

/**
 * Lets the caller do what a request comes to, if policies and quotas do.
 *
 * @param action of the API, e.g. `ecr:PutImage`
 * @throws Refusal AccessDeniedException or ThrottlingException
 */
export function permit({ ecr, caller, registry, name }: Routed, action: string): void {
  const { account, region } = registry;
  authorize({ caller, action, account, region, registry, repository: name === '' ? undefined : name });
  ecr.quotas.take(caller.account, region, action);
}
