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
  const repository = name === '' ? undefined : name;
  authorize({ caller, action, account, region, registry, repository, roles: ecr.roles });
  ecr.quotas.take(caller.account, region, action);
}
