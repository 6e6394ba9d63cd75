import type { Descriptor } from './descriptor.ts';
import type { Layout } from './layout.ts';
import type { Manifest } from './manifest.ts';
import type { ContentSource } from './survey.ts';

/**
 * Combines several layouts into one source. Content is read from the first layout that has it.
 *
 * @param more a manifest that none of them has
 */
export function jointSource([first, ...others]: readonly Layout[], more?: Manifest): ContentSource {
  if (first === undefined) throw new Error('there is a layout');
  const holderOf = (descriptor: Pick<Descriptor, 'digest'>): Layout =>
    [first, ...others].find((layout) => layout.has(descriptor)) ?? first;
  return {
    manifest: (descriptor) =>
      descriptor.digest === more?.digest ? Promise.resolve(more) : holderOf(descriptor).manifest(descriptor),
    blob: (descriptor) => holderOf(descriptor).blob(descriptor),
  };
}
