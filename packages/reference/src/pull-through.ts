import type { Reference } from './reference.ts';

/** Repositories of a registry that hold what is pulled from another one. */
export interface PullThroughCache {
  /** The registry that is cached, as references name it: `docker.io`. */
  readonly upstream: string;
  /** The part of it that is cached; empty for all. */
  readonly upstreamPrefix: string;
  /** Where the cache is. */
  readonly host: string;
  /** What comes before an upstream repository's name; empty for nothing. */
  readonly prefix: string;
}

/** Hosts under which registries are dialled, but not named. */
const aliases: ReadonlyMap<string, string> = new Map([
  ['registry-1.docker.io', 'docker.io'],
  ['index.docker.io', 'docker.io'],
]);

/** The host by which references name an upstream: a URL or a host is forgiven. */
export function upstreamHost(text: string): string {
  const host = text
    .replace(/^https:\/\//, '')
    .replace(/\/+$/, '')
    .toLowerCase();
  return aliases.get(host) ?? host;
}

/**
 * The same image in a pull-through cache; undefined when none of them holds its registry. The cache of the smallest
 * part of an upstream counts.
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
