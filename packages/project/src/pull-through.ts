import { forAll } from '@towpath/concurrency';
import { pullThroughRules, type PrivateEcr, type PullThroughRule } from '@towpath/ecr';
import { CodedError } from '@towpath/errors';
import { upstreamHost, type PullThroughCache, type PrivateRegistry } from '@towpath/reference';
import type { Runtime } from '@towpath/flow';
import type { Session } from '@towpath/session';

/**
 * Returns the configured pull-through caches as their registries define them. ECR's rules contain the prefix for an
 * upstream, and which part of it is cached. If the caller may not read the rules, the configuration applies
 * unchanged.
 *
 * @param configured the registry and prefix by upstream
 * @throws CodedError `credentials-missing`, …
 */
export async function pullThroughCaches(
  configured: ReadonlyMap<string, PrivateRegistry>,
  session: Session,
  log: Runtime['log'],
): Promise<readonly PullThroughCache[]> {
  const hosts = new Map([...configured.values()].map((registry) => [registry.host, registry]));
  const rules = new Map(
    await forAll(
      hosts,
      async ([host, registry]) => [host, await rulesOf(session.ecr(registry), log)] as const,
    ),
  );
  return [...configured].flatMap(([upstream, registry]) => {
    const caches = cachesOf(upstreamHost(upstream), registry, rules.get(registry.host));
    if (caches.length === 0)
      log.info(
        `${registry.host} has no pull-through cache rule for ${upstream}: its images are pulled from ${upstream}.`,
      );
    return caches;
  });
}

async function rulesOf(
  registry: PrivateEcr,
  log: Runtime['log'],
): Promise<readonly PullThroughRule[] | undefined> {
  try {
    return await pullThroughRules(registry);
  } catch (error) {
    if (!(error instanceof CodedError) || error.code !== 'access-denied') throw error;
    log.info(
      `The pull-through rules of ${registry.host} cannot be read (ecr:DescribePullThroughCacheRules), so the configured prefixes are used.`,
    );
    return undefined;
  }
}

/** Returns the caches of an upstream: those under the configured prefix or, if there are none, all others. */
function cachesOf(
  upstream: string,
  registry: PrivateRegistry,
  rules: readonly PullThroughRule[] | undefined,
): readonly PullThroughCache[] {
  const { host, prefix } = registry;
  if (rules === undefined) return [{ upstream, upstreamPrefix: '', host, prefix }];
  const ours = rules.filter((rule) => rule.upstream === upstream);
  const named = ours.filter((rule) => rule.prefix === prefix);
  return (named.length > 0 ? named : ours).map((rule) => ({ ...rule, host }));
}
