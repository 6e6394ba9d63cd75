import type { Reference } from './reference.ts';

/** A pull-through cache: repositories of an ECR registry that cache images of another registry. */
export interface PullThroughCache {
  /** The host of the cached registry, as references name it: `docker.io`. */
  readonly upstream: string;
  /** The namespace of the upstream that is cached, or an empty string for all. */
  readonly upstreamPrefix: string;
  /** The host of the cache. */
  readonly host: string;
  /** The prefix of the cache's repositories before the upstream name, or an empty string. */
  readonly prefix: string;
}

/** Network hosts of registries, by which references do not name them. */
const aliases: ReadonlyMap<string, string> = new Map([
  ['registry-1.docker.io', 'docker.io'],
  ['index.docker.io', 'docker.io'],
]);

/** Returns the host by which references name an upstream, given its URL or host. */
export function upstreamHost(text: string): string {
  const host = text
    .replace(/^https:\/\//, '')
    .replace(/(?<!\/)\/+$/, '')
    .toLowerCase();
  return aliases.get(host) ?? host;
}

/**
 * Returns the reference of an image in a pull-through cache, or undefined if no cache has its registry. If several
 * caches match, the one with the longest upstream prefix wins.
 */
export function throughCache(
  reference: Reference,
  caches: readonly PullThroughCache[],
): Reference | undefined {
  const [cache] = caches
    .filter((one) => one.upstream === reference.host && isBelow(reference.repository, one.upstreamPrefix))
    .sort((one, other) => other.upstreamPrefix.length - one.upstreamPrefix.length);
  if (cache === undefined) return undefined;
  const rest =
    cache.upstreamPrefix === ''
      ? reference.repository
      : reference.repository.slice(cache.upstreamPrefix.length + 1);
  return {
    ...reference,
    host: cache.host,
    repository: cache.prefix === '' ? rest : `${cache.prefix}/${rest}`,
  };
}

function isBelow(repository: string, prefix: string): boolean {
  return prefix === '' || repository.startsWith(`${prefix}/`);
}
