import type { Manifest } from './manifest.ts';
import type { ContentSource } from './survey.ts';

/** Returns a source that returns these manifests without reading them again. */
export function knownSource(source: ContentSource, known: readonly Manifest[]): ContentSource {
  const held = new Map(known.map((manifest) => [manifest.digest, manifest]));
  return {
    ref: source.ref,
    blob: (descriptor) => source.blob(descriptor),
    manifest: (descriptor) => {
      const own = held.get(descriptor.digest);
      return own === undefined ? source.manifest(descriptor) : Promise.resolve(own);
    },
  };
}
