import { DescribePullThroughCacheRulesCommand } from '@aws-sdk/client-ecr';
import { upstreamHost } from '@towpath/reference';
import type { PrivateEcr } from './aws.ts';
import { call } from './call.ts';
import { readPages } from './pages.ts';

/** Which repositories of a registry are a cache of which upstream. */
export interface PullThroughRule {
  /** The namespace of the cached repositories; empty for the whole registry. */
  readonly prefix: string;
  /** As references name it. */
  readonly upstream: string;
  /** The namespace upstream; empty for all of it. */
  readonly upstreamPrefix: string;
}

/** What ECR says for "no namespace" (ECR API, CreatePullThroughCacheRule). */
const root = 'ROOT';

/** @throws CodedError `access-denied`, `credentials-missing`, `outside-failed` when the pages do not end, … */
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
