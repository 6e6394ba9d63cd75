import {
  CreatePullThroughCacheRuleCommand,
  DescribePullThroughCacheRulesCommand,
  UpdatePullThroughCacheRuleCommand,
  ValidatePullThroughCacheRuleCommand,
} from '@aws-sdk/client-ecr';
import { upstreamHost } from '@towpath/reference';
import type { PrivateEcr } from './aws.ts';
import { call } from './call.ts';
import { readPages } from './pages.ts';

/** A pull-through cache rule: repositories of a registry that cache an upstream registry. */
export interface PullThroughRule {
  /** The namespace of the cache's repositories. Empty for the whole registry. */
  readonly prefix: string;
  /** The host of the upstream registry, as references name it. */
  readonly upstream: string;
  /** The namespace in the upstream registry. Empty for the whole upstream. */
  readonly upstreamPrefix: string;
  /** The ARN of the secret with the credentials for the upstream. */
  readonly credential?: string;
  /** The role that ECR assumes to pull from another registry of ECR. */
  readonly role?: string;
}

/** ECR's prefix for "no namespace" (ECR API, CreatePullThroughCacheRule). */
const root = 'ROOT';

/** @throws CodedError `access-denied`, `credentials-missing`, `outside-failed` if the pages do not end, … */
export async function pullThroughRules({
  client,
  account,
  host,
}: PrivateEcr): Promise<readonly PullThroughRule[]> {
  const what = { operation: 'ecr:DescribePullThroughCacheRules', subject: host };
  const pages = readPages(what, (nextToken) =>
    call(what, () =>
      client.send(new DescribePullThroughCacheRulesCommand({ registryId: account, nextToken })),
    ),
  );
  const rules: PullThroughRule[] = [];
  for await (const { pullThroughCacheRules = [] } of pages)
    for (const rule of pullThroughCacheRules)
      rules.push({
        prefix: namespaceOf(rule.ecrRepositoryPrefix),
        upstream: upstreamHost(rule.upstreamRegistryUrl ?? ''),
        upstreamPrefix: namespaceOf(rule.upstreamRepositoryPrefix),
        ...(rule.credentialArn !== undefined && { credential: rule.credentialArn }),
        ...(rule.customRoleArn !== undefined && { role: rule.customRoleArn }),
      });
  return rules;
}

/** Docker Hub has another host in the API than in references (ECR API, CreatePullThroughCacheRule). */
const dockerHub = { reference: 'docker.io', api: 'registry-1.docker.io' };

/** Returns the host of an upstream as the API names it, given its host in references. */
export function upstreamUrl(upstream: string): string {
  return upstream === dockerHub.reference ? dockerHub.api : upstream;
}

/** Creates a rule. @throws CodedError `access-denied`, … */
export async function createPullThroughRule(
  { client, account, host }: PrivateEcr,
  { prefix, upstream, upstreamPrefix, credential, role }: PullThroughRule,
): Promise<void> {
  const command = new CreatePullThroughCacheRuleCommand({
    registryId: account,
    ecrRepositoryPrefix: prefix === '' ? root : prefix,
    upstreamRegistryUrl: upstreamUrl(upstream),
    ...(upstreamPrefix !== '' && { upstreamRepositoryPrefix: upstreamPrefix }),
    ...(credential !== undefined && { credentialArn: credential }),
    ...(role !== undefined && { customRoleArn: role }),
  });
  await call({ operation: 'ecr:CreatePullThroughCacheRule', subject: `${prefix} in ${host}` }, () =>
    client.send(command),
  );
}

/** Changes the credentials or the role of a rule. ECR can change nothing else. @throws CodedError `access-denied`, … */
export async function updatePullThroughRule(
  { client, account, host }: PrivateEcr,
  { prefix, credential, role }: PullThroughRule,
): Promise<void> {
  const command = new UpdatePullThroughCacheRuleCommand({
    registryId: account,
    ecrRepositoryPrefix: prefix === '' ? root : prefix,
    ...(credential !== undefined && { credentialArn: credential }),
    ...(role !== undefined && { customRoleArn: role }),
  });
  await call({ operation: 'ecr:UpdatePullThroughCacheRule', subject: `${prefix} in ${host}` }, () =>
    client.send(command),
  );
}

/**
 * Asks ECR whether it can pull from the upstream of a rule.
 *
 * @returns the reason why it cannot, or undefined
 * @throws CodedError `access-denied`, …
 */
export async function validatePullThroughRule(
  { client, account, host }: PrivateEcr,
  { prefix }: Pick<PullThroughRule, 'prefix'>,
): Promise<string | undefined> {
  const command = new ValidatePullThroughCacheRuleCommand({
    registryId: account,
    ecrRepositoryPrefix: prefix === '' ? root : prefix,
  });
  const { isValid = false, failure: reason = 'unknown reason' } = await call(
    { operation: 'ecr:ValidatePullThroughCacheRule', subject: `${prefix} in ${host}` },
    () => client.send(command),
  );
  return isValid ? undefined : reason;
}

function namespaceOf(prefix: string | undefined): string {
  return prefix === undefined || prefix === root ? '' : prefix;
}
