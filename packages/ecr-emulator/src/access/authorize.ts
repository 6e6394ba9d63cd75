import { Refusal } from '../refusal.ts';
import type { Registry } from '../registry/registry.ts';
import { repositoryArn } from './arn.ts';
import type { Caller } from './caller.ts';
import { decide, parsePolicy, type Policy } from './policy.ts';

/** What a caller wants to do, and where. */
export interface Wish {
  readonly caller: Caller;
  /** E.g. `ecr:PutImage`. */
  readonly action: string;
  readonly account: string;
  readonly region: string;
  /** The caller's registry or another's; undefined when there is none in this place. */
  readonly registry: Registry | undefined;
  /** Undefined when the wish is about the registry as a whole. */
  readonly repository: string | undefined;
}

/** @throws Refusal AccessDeniedException */
export function authorize(wish: Wish): void {
  const denial = denialOf(wish);
  if (denial !== undefined) throw denial;
}

/**
 * Why the caller may not, or undefined. Callers may do everything in their own account unless a policy forbids it:
 * identity policies are not emulated. In another account they may do what a policy of the repository or of the
 * registry allows.
 */
export function denialOf(wish: Wish): Refusal | undefined {
  const { caller, action, account, region, repository } = wish;
  const resource = repository === undefined ? '*' : repositoryArn({ account, region }, repository);
  const decision = decide(policiesFor(wish), { caller, action, resource });
  if (decision === 'deny') {
    return accessDenied(caller, action, resource, 'with an explicit deny in a resource-based policy');
  }
  if (decision === 'silent' && caller.account !== account) {
    return accessDenied(
      caller,
      action,
      resource,
      `because no resource-based policy allows the ${action} action`,
    );
  }
  return undefined;
}

/** What a registry policy of the old scope speaks of; the new scope speaks of everything (ECR API, PutAccountSetting). */
const oldScope = ['ecr:ReplicateImage', 'ecr:BatchImportUpstreamImage', 'ecr:CreateRepository'];

function policiesFor({ action, registry, repository }: Wish): Policy[] {
  const settings = registry?.settings;
  const isInScope = settings?.account.REGISTRY_POLICY_SCOPE === 'V2' || oldScope.includes(action);
  const policy = repository === undefined ? undefined : registry?.find(repository)?.record.policy;
  return [
    ...(policy === undefined ? [] : [parsePolicy(policy, 'repository')]),
    ...(isInScope && settings?.policy !== undefined ? [parsePolicy(settings.policy, 'registry')] : []),
  ];
}

/** IAM's words (aws-actions/amazon-ecr-login#232). */
function accessDenied({ arn }: Caller, action: string, resource: string, reason: string): Refusal {
  return new Refusal(
    'AccessDeniedException',
    `User: ${arn} is not authorized to perform: ${action} on resource: ${resource} ${reason}`,
  );
}
