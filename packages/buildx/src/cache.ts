import { formatPlatform, type Platform } from '@towpath/reference';
import { csv } from './csv.ts';

/**
 * Where the layers of an image are kept for the next build. `max`: those of every stage, `min`: those of the last.
 * What is written last is all that is there, so that builds for other platforms, be it in other jobs, have caches of
 * their own beside it, by the names of the platforms.
 */
export type LayerCache = { readonly mode: 'min' | 'max'; readonly request?: RequestCache } & (
  | { readonly type: 'gha'; readonly scope: string }
  /** With a tag. */
  | { readonly type: 'registry'; readonly reference: string }
  /** An absolute path. */
  | { readonly type: 'local'; readonly path: string }
);

/**
 * For a change that nobody has merged: its builds read the cache, and never write what others read. With a scope they
 * have a cache of their own beside it.
 */
export interface RequestCache {
  readonly scope?: string;
}

/** ECR takes a cache only as an image with OCI's media types (aws/containers-roadmap issue 876). */
const ecrFlags = ['image-manifest=true', 'oci-mediatypes=true'];

/** A cache that cannot be written costs the next build time, and this one nothing. */
const lenient = 'ignore-error=true';

/** @param platforms of the build; empty: that of the builder */
export function cacheArguments(cache: LayerCache | undefined, platforms: readonly Platform[]): string[] {
  if (cache === undefined) return [];
  const names = platforms.map((platform) => formatPlatform(platform).replaceAll('/', '-'));
  const shared = fields(cache, names.join('_'));
  const own = ownCache(cache);
  const written = cache.request === undefined ? shared : own && fields(own, names.join('_'));
  return [
    ...[shared, ...(own === undefined ? [] : [fields(own, names.join('_'))])].map(
      ({ from }) => `--cache-from=${csv([`type=${cache.type}`, ...from])}`,
    ),
    ...(written === undefined
      ? []
      : [`--cache-to=${csv([`type=${cache.type}`, ...written.to, `mode=${cache.mode}`, lenient])}`]),
  ];
}

/** The name of no image has an @: no branch reads this scope. */
function ownCache(cache: LayerCache): LayerCache | undefined {
  const own = cache.request?.scope;
  return cache.type !== 'gha' || own === undefined ? undefined : { ...cache, scope: `${cache.scope}@${own}` };
}

function fields(cache: LayerCache, platforms: string): { readonly from: string[]; readonly to: string[] } {
  const own = (name: string) => [name, platforms].filter(Boolean).join('-');
  switch (cache.type) {
    case 'gha':
      return { from: [`scope=${own(cache.scope)}`], to: [`scope=${own(cache.scope)}`] };
    case 'registry':
      return { from: [`ref=${own(cache.reference)}`], to: [`ref=${own(cache.reference)}`, ...ecrFlags] };
    case 'local':
      return { from: [`src=${own(cache.path)}`], to: [`dest=${own(cache.path)}`] };
  }
}
