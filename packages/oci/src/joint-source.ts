import type { Descriptor } from './descriptor.ts';
import type { Manifest } from './manifest.ts';
import type { ContentSource } from './survey.ts';

/** A source that says which content it has, such as a layout. */
interface PartialSource extends ContentSource {
  has(descriptor: Pick<Descriptor, 'digest'>): boolean;
}

/**
 * Combines several layouts into one source. Content is read from the first layout that has it.
 *
 * @param more a manifest that none of them has
 */
export function jointSource([first, ...others]: readonly PartialSource[], more?: Manifest): ContentSource {
  if (first === undefined) throw new Error('there is a layout');
  const holderOf = (descriptor: Pick<Descriptor, 'digest'>): PartialSource =>
    [first, ...others].find((layout) => layout.has(descriptor)) ?? first;
  return {
    manifest: (descriptor) =>
      descriptor.digest === more?.digest ? Promise.resolve(more) : holderOf(descriptor).manifest(descriptor),
    blob: (descriptor) => holderOf(descriptor).blob(descriptor),
  };
}
