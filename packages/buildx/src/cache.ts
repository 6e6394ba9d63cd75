import { formatPlatform, type Platform } from '@towpath/reference';
import { csv } from './csv.ts';

/**
 * Where the layers of an image are kept for the next build. `max`: those of every stage, `min`: those of the last.
 * What is written last is all that is there, so that builds for other platforms, be it in other jobs, have caches of
 * their own beside it, by the names of the platforms.
 */
export type LayerCache = { readonly mode: 'min' | 'max' } & (
  | { readonly type: 'gha'; readonly scope: string }
  /** With a tag. */
  | { readonly type: 'registry'; readonly reference: string }
  /** An absolute path. */
  | { readonly type: 'local'; readonly path: string }
);

/** ECR takes a cache only as an image with OCI's media types (aws/containers-roadmap issue 876). */
const ecrFlags = ['image-manifest=true', 'oci-mediatypes=true'];

/** A cache that cannot be written costs the next build time, and this one nothing. */
const lenient = 'ignore-error=true';

/** @param platforms of the build; empty: that of the builder */
export function cacheArguments(cache: LayerCache | undefined, platforms: readonly Platform[]): string[] {
  if (cache === undefined) return [];
  const names = platforms.map((platform) => formatPlatform(platform).replaceAll('/', '-'));
  const { from, to } = fields(cache, names.join('_'));
  return [
    `--cache-from=${csv([`type=${cache.type}`, ...from])}`,
    `--cache-to=${csv([`type=${cache.type}`, ...to, `mode=${cache.mode}`, lenient])}`,
  ];
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
