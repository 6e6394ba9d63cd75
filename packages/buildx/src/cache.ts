import { formatPlatform, type Platform } from '@towpath/reference';
import { csv } from './csv.ts';

/**
 * The layer cache of an image. Mode `max` caches the layers of all stages, `min` those of the last stage. Each export
 * replaces the whole cache, so every set of platforms has its own cache, with the platforms in its name.
 */
export type LayerCache = { readonly mode: 'min' | 'max'; readonly request?: RequestCache } & (
  | { readonly type: 'gha'; readonly scope: string }
  /** A reference with a tag. */
  | { readonly type: 'registry'; readonly reference: string }
  /** An absolute path. */
  | { readonly type: 'local'; readonly path: string }
);

/**
 * The cache options of an unmerged change. Its builds read the shared cache and never write it. With a scope, they also
 * read and write a cache of their own.
 */
export interface RequestCache {
  readonly scope?: string;
}

/** The flags that ECR requires: a cache must be an image with OCI media types (aws/containers-roadmap issue 876). */
const ecrFlags = ['image-manifest=true', 'oci-mediatypes=true'];

/** A failure to write the cache does not fail the build. */
const lenient = 'ignore-error=true';

/**
 * Returns the cache arguments of `buildx build`.
 *
 * @param platforms the platforms of the build. Empty for the builder's platform.
 */
export function cacheArguments(cache: LayerCache | undefined, platforms: readonly Platform[]): string[] {
  if (cache === undefined) return [];
  const names = platforms.map((platform) => formatPlatform(platform).replaceAll('/', '-'));
  const shared = fields(cache, names.join('_'));
  const separate = requestCache(cache);
  const written = cache.request === undefined ? shared : separate && fields(separate, names.join('_'));
  return [
    ...[shared, ...(separate === undefined ? [] : [fields(separate, names.join('_'))])].map(
      ({ from }) => `--cache-from=${csv([`type=${cache.type}`, ...from])}`,
    ),
    ...(written === undefined
      ? []
      : [`--cache-to=${csv([`type=${cache.type}`, ...written.to, `mode=${cache.mode}`, lenient])}`]),
  ];
}

/** Returns the cache of an unmerged change. Names of images have no @, so that no other build reads its scope. */
function requestCache(cache: LayerCache): LayerCache | undefined {
  const scope = cache.request?.scope;
  return cache.type !== 'gha' || scope === undefined
    ? undefined
    : { ...cache, scope: `${cache.scope}@${scope}` };
}

function fields(cache: LayerCache, platforms: string): { readonly from: string[]; readonly to: string[] } {
  const named = (name: string) => [name, platforms].filter(Boolean).join('-');
  switch (cache.type) {
    case 'gha':
      return { from: [`scope=${named(cache.scope)}`], to: [`scope=${named(cache.scope)}`] };
    case 'registry':
      return { from: [`ref=${named(cache.reference)}`], to: [`ref=${named(cache.reference)}`, ...ecrFlags] };
    case 'local':
      return { from: [`src=${named(cache.path)}`], to: [`dest=${named(cache.path)}`] };
  }
}
