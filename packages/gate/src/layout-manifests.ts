import type { Layout } from '@towpath/oci';
import type { FindManifests } from './subjects.ts';

/** Returns a function that reads manifests of an image layout. */
export function layoutManifests(layout: Layout): FindManifests {
  return async (descriptors) => {
    const present = descriptors.filter((descriptor) => layout.has(descriptor));
    const found = new Map<string, Awaited<ReturnType<Layout['manifest']>>>();
    for (const descriptor of present) found.set(descriptor.digest, await layout.manifest(descriptor));
    return found;
  };
}
