import { Refusal } from '../refusal.ts';
import { isPublicRegistry } from '../registry/public-registry.ts';
import type { Registry } from '../registry/registry.ts';
import { keyArn, parameterArn, repositoryArn } from './arn.ts';
import type { Caller } from './caller.ts';
import { decide, parsePolicy, type Policy, type Question } from './policy.ts';
import type { Roles } from './roles.ts';

/** An action that a caller requests. */
export interface AccessRequest {
  readonly caller: Caller;
  /** E.g. `ecr:PutImage`. */
  readonly action: string;
  readonly account: string;
  readonly region: string;
  /** The registry of the account in the region, if it exists. */
  readonly registry: Registry | undefined;
  /** Undefined for an action on the registry as a whole. */
  readonly repository: string | undefined;
  /** The name of an SSM parameter. */
  readonly parameter?: string;
  /** The id, the ARN or an alias of a KMS key. */
  readonly key?: string;
  readonly roles: Roles;
}

/** @throws Refusal AccessDeniedException */
export function authorize(request: AccessRequest): void {
  const denial = denialOf(request);
  if (denial !== undefined) throw denial;
}

/**
 * Returns the denial of a request, or undefined if it is allowed.
 *
 * - In their own account, callers may do everything, and roles what their policy allows. Policies of the repository and
 *   of the registry can deny that.
 * - In another account, both the caller's policies and those of the resource must allow the action.
 */
export function denialOf(request: AccessRequest): Refusal | undefined {
  const { caller, action, account, roles } = request;
  const resource = resourceOf(request);
  const reason = denialReason({ caller, action, resource, ...contextOf(request) }, account, {
    identity: roles.identityPolicyOf(caller),
    resource: policiesFor(request),
  });
  return reason === undefined ? undefined : accessDenied(caller, action, resource, reason);
}

/** The policies that apply to a request. */
export interface Policies {
  /** The policy of the caller. Undefined for a caller without limits. */
  readonly identity: Policy | undefined;
  /** The policies of the resource. */
  readonly resource: readonly Policy[];
}

/**
 * Returns the reason for a denial in IAM's message, or undefined (IAM User Guide, "Policy evaluation logic").
 *
 * @param owner the account of the resource
 */
export function denialReason(
  request: Omit<Question, 'byAccount'>,
  owner: string,
  { identity, resource }: Policies,
): string | undefined {
  const { caller, action } = request;
  const question = { ...request, byAccount: true };
  const byIdentity = identity && decide([identity], question);
  const byResource = decide(resource, question);
  if (byResource === 'deny') return 'with an explicit deny in a resource-based policy';
  if (byIdentity === 'deny') return 'with an explicit deny in an identity-based policy';
  const isCrossAccount = caller.account !== owner;
  const isNamed = !isCrossAccount && decide(resource, { ...question, byAccount: false }) === 'allow';
  if (byIdentity === 'silent' && !isNamed)
    return `because no identity-based policy allows the ${action} action`;
  if (byResource === 'silent' && isCrossAccount)
    return `because no resource-based policy allows the ${action} action`;
  return undefined;
}

/** Returns the resource of a request, `*` without a repository (Service Authorization Reference, "Resource types defined by Amazon ECR"). */
function resourceOf(request: AccessRequest): string {
  if (request.parameter !== undefined) return parameterArn(request, request.parameter);
  if (request.key !== undefined) return keyArn(request, request.key);
  if (request.repository !== undefined) return repositoryArn(request, request.repository);
  return request.action.endsWith(':DescribeRepositories') ? repositoryArn(request, '*') : '*';
}

/** Returns the condition keys of a request (KMS developer guide, "kms:ResourceAliases"). */
function contextOf({ key = '' }: AccessRequest): Pick<Question, 'context'> {
  const [alias] = /alias\/.*$/.exec(key) ?? [];
  return alias === undefined ? {} : { context: new Map([['kms:resourcealiases', alias]]) };
}

/** The actions in scope V1 of a registry policy. Scope V2 covers all actions (ECR API, PutAccountSetting). */
const scopeV1 = ['ecr:ReplicateImage', 'ecr:BatchImportUpstreamImage', 'ecr:CreateRepository'];

function policiesFor({ action, region, registry, repository }: AccessRequest): Policy[] {
  const settings = registry?.settings;
  const isInScope = settings?.account.REGISTRY_POLICY_SCOPE === 'V2' || scopeV1.includes(action);
  const policy = repository === undefined ? undefined : registry?.find(repository)?.record.policy;
  return [
    ...(policy === undefined
      ? []
      : [parsePolicy(policy, isPublicRegistry({ region }) ? 'public repository' : 'repository')]),
    ...(isInScope && settings?.policy !== undefined ? [parsePolicy(settings.policy, 'registry')] : []),
  ];
}

/** Returns IAM's message for a denial (aws-actions/amazon-ecr-login#232). */
function accessDenied({ arn }: Caller, action: string, resource: string, reason: string): Refusal {
  return new Refusal(
    'AccessDeniedException',
    `User: ${arn} is not authorized to perform: ${action} on resource: ${resource} ${reason}`,
  );
}
