import { DescribePullThroughCacheRulesCommand } from '@aws-sdk/client-ecr';
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
      });
  return rules;
}

function namespaceOf(prefix: string | undefined): string {
  return prefix === undefined || prefix === root ? '' : prefix;
}
