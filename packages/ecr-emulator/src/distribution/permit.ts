import { authorize } from '../access/authorize.ts';
import { isPublicRegistry } from '../registry/public-registry.ts';
import type { Routed } from './route.ts';

/** What everybody may do in a public registry, whatever a policy says (ECR Public user guide, "Public repository policies"). */
const openToAll = [
  'ecr:BatchCheckLayerAvailability',
  'ecr:BatchGetImage',
  'ecr:GetDownloadUrlForLayer',
  'ecr:ListImages',
];

/**
 * Lets the caller do what a request comes to, if policies and quotas do.
 *
 * @param privateAction of the API, e.g. `ecr:PutImage`: of a private registry, which stands for the same of a public one
 * @throws Refusal AccessDeniedException or ThrottlingException
 */
export function permit({ ecr, caller, registry, name }: Routed, privateAction: string): void {
  const { account, region } = registry;
  const isPublic = isPublicRegistry(registry);
  const action = isPublic ? privateAction.replace('ecr:', 'ecr-public:') : privateAction;
  const repository = name === '' ? undefined : name;
  if (!isPublic || !openToAll.includes(privateAction))
    authorize({ caller, action, account, region, registry, repository, roles: ecr.roles });
  ecr.quotas.take(caller.account, region, action);
}
