import { authorize } from '../access/authorize.ts';
import { isPublicRegistry } from '../registry/public-registry.ts';
import type { Routed } from './route.ts';

/** The actions open to everyone in public registries, independent of policies (ECR Public user guide, "Public repository policies"). */
const openToAll = [
  'ecr:BatchCheckLayerAvailability',
  'ecr:BatchGetImage',
  'ecr:GetDownloadUrlForLayer',
  'ecr:ListImages',
];

/**
 * Checks the policies and quotas for a request.
 *
 * @param privateAction the action in a private registry, e.g. `ecr:PutImage`, which is translated for a public one
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
