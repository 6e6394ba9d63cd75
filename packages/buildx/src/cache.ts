import { csv } from './csv.ts';

/** Where the layers of a build are kept for the next one. `max`: those of every stage, `min`: those of the last. */
export type LayerCache = { readonly mode: 'min' | 'max' } & (
  | { readonly type: 'gha'; readonly scope: string }
  | { readonly type: 'registry'; readonly reference: string }
  /** An absolute path. */
  | { readonly type: 'local'; readonly path: string }
);

/** ECR takes a cache only as an image with OCI's media types (aws/containers-roadmap issue 876). */
const ecrFlags = ['image-manifest=true', 'oci-mediatypes=true'];

/** A cache that cannot be written costs the next build time, and this one nothing. */
const lenient = 'ignore-error=true';

export function cacheArguments(cache: LayerCache | undefined): string[] {
  if (cache === undefined) return [];
  const { from, to } = fields(cache);
  return [
    `--cache-from=${csv([`type=${cache.type}`, ...from])}`,
    `--cache-to=${csv([`type=${cache.type}`, ...to, `mode=${cache.mode}`, lenient])}`,
  ];
}

function fields(cache: LayerCache): { readonly from: string[]; readonly to: string[] } {
  switch (cache.type) {
    case 'gha':
      return { from: [`scope=${cache.scope}`], to: [`scope=${cache.scope}`] };
    case 'registry':
      return { from: [`ref=${cache.reference}`], to: [`ref=${cache.reference}`, ...ecrFlags] };
    case 'local':
      return { from: [`src=${cache.path}`], to: [`dest=${cache.path}`] };
  }
}
