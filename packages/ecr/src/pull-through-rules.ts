import { paginateDescribePullThroughCacheRules } from '@aws-sdk/client-ecr';
import { upstreamHost } from '@towpath/reference';
import type { PrivateEcr } from './aws.ts';
import { call } from './call.ts';

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

/** @throws CodedError `access-denied`, `credentials-missing`, … */
export function pullThroughRules({ client, account, host }: PrivateEcr): Promise<readonly PullThroughRule[]> {
  return call({ operation: 'ecr:DescribePullThroughCacheRules', subject: host }, async () => {
    const rules: PullThroughRule[] = [];
    for await (const page of paginateDescribePullThroughCacheRules({ client }, { registryId: account })) {
      for (const rule of page.pullThroughCacheRules ?? []) {
        rules.push({
          prefix: namespaceOf(rule.ecrRepositoryPrefix),
          upstream: upstreamHost(rule.upstreamRegistryUrl ?? ''),
          upstreamPrefix: namespaceOf(rule.upstreamRepositoryPrefix),
        });
      }
    }
    return rules;
  });
}

function namespaceOf(prefix: string | undefined): string {
  return prefix === undefined || prefix === root ? '' : prefix;
}
