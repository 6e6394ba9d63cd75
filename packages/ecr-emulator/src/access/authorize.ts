import { Refusal } from '../refusal.ts';
import { isPublicRegistry } from '../registry/public-registry.ts';
import type { Registry } from '../registry/registry.ts';
import { parameterArn, repositoryArn } from './arn.ts';
import type { Caller } from './caller.ts';
import { decide, parsePolicy, type Policy, type Question } from './policy.ts';
import type { Roles } from './roles.ts';

/** What a caller wants to do, and where. */
export interface AccessRequest {
  readonly caller: Caller;
  /** E.g. `ecr:PutImage`. */
  readonly action: string;
  readonly account: string;
  readonly region: string;
  /** The caller's registry or another's; undefined when there is none in this place. */
  readonly registry: Registry | undefined;
  /** Undefined when the wish is about the registry as a whole. */
  readonly repository: string | undefined;
  /** Of SSM, by its name. */
  readonly parameter?: string;
  readonly roles: Roles;
}

/** @throws Refusal AccessDeniedException */
export function authorize(wish: AccessRequest): void {
  const denial = denialOf(wish);
  if (denial !== undefined) throw denial;
}

/**
 * Why the caller may not, or undefined. In their own account callers may do everything, but for a role what its policy
 * allows, unless a policy of the repository or of the registry says otherwise; in another account they need both.
 */
export function denialOf(wish: AccessRequest): Refusal | undefined {
  const { caller, action, account, roles } = wish;
  const resource = resourceOf(wish);
  const reason = objection({ caller, action, resource }, account, {
    identity: roles.identityPolicyOf(caller),
    resource: policiesFor(wish),
  });
  return reason === undefined ? undefined : accessDenied(caller, action, resource, reason);
}

/** The policies that have a say. */
export interface Policies {
  /** Of the caller; undefined when it may do everything. */
  readonly identity: Policy | undefined;
  /** Of what it wants to do something with. */
  readonly resource: readonly Policy[];
}

/**
 * What IAM has against it, in its words, or undefined (IAM User Guide, "Policy evaluation logic").
 *
 * @param owner the account that the resource belongs to
 */
export function objection(
  asked: Omit<Question, 'byAccount'>,
  owner: string,
  { identity, resource }: Policies,
): string | undefined {
  const { caller, action } = asked;
  const question = { ...asked, byAccount: true };
  const [own, its] = [identity && decide([identity], question), decide(resource, question)];
  if (its === 'deny') return 'with an explicit deny in a resource-based policy';
  if (own === 'deny') return 'with an explicit deny in an identity-based policy';
  const isAbroad = caller.account !== owner;
  const isNamed = !isAbroad && decide(resource, { ...question, byAccount: false }) === 'allow';
  if (own === 'silent' && !isNamed) return `because no identity-based policy allows the ${action} action`;
  if (its === 'silent' && isAbroad) return `because no resource-based policy allows the ${action} action`;
  return undefined;
}

/** Service Authorization Reference, "Resource types defined by Amazon ECR": what is of no repository is of `*`. */
function resourceOf(wish: AccessRequest): string {
  if (wish.parameter !== undefined) return parameterArn(wish, wish.parameter);
  if (wish.repository !== undefined) return repositoryArn(wish, wish.repository);
  return wish.action.endsWith(':DescribeRepositories') ? repositoryArn(wish, '*') : '*';
}

/** What a registry policy of the old scope speaks of; the new scope speaks of everything (ECR API, PutAccountSetting). */
const oldScope = ['ecr:ReplicateImage', 'ecr:BatchImportUpstreamImage', 'ecr:CreateRepository'];

function policiesFor({ action, region, registry, repository }: AccessRequest): Policy[] {
  const settings = registry?.settings;
  const isInScope = settings?.account.REGISTRY_POLICY_SCOPE === 'V2' || oldScope.includes(action);
  const policy = repository === undefined ? undefined : registry?.find(repository)?.record.policy;
  return [
    ...(policy === undefined
      ? []
      : [parsePolicy(policy, isPublicRegistry({ region }) ? 'public repository' : 'repository')]),
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
