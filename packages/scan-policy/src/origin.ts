import type { Finding } from '@towpath/findings';
import type { Digest } from '@towpath/reference';
import type { ImageLayers, Layer } from './context.ts';
import type { Violation } from './judgement.ts';

export type Origin = Violation['origin'];

/**
 * Returns a function that says whether the package of a finding is in a layer of the base image or of the application.
 * If the layers of the base image are not the lowest layers of the image, the origin of each finding is unknown.
 */
export function originFinder(layers: ImageLayers | undefined): (finding: Finding) => Origin {
  if (layers === undefined || !isBase(layers)) return () => undefined;
  const { image, base } = layers;
  if (base === 'scratch') return () => 'application';
  const origins = new Map<Digest, 'base' | 'application'>();
  const namesOf = ({ diffId, digest }: Layer) => (digest === undefined ? [diffId] : [diffId, digest]);
  // A layer of the application can repeat one of the base image. It then counts as the application.
  for (const [index, layer] of image.entries())
    for (const name of namesOf(layer)) origins.set(name, index < base.length ? 'base' : 'application');
  return ({ package: one }) => (one?.layer === undefined ? undefined : origins.get(one.layer));
}

/** Returns whether the layers of the base image are the lowest layers of the image, or whether there is none. */
export function isBase({ image, base }: ImageLayers): boolean {
  if (base === 'scratch') return true;
  return base.length > 0 && base.every(({ diffId }, index) => image[index]?.diffId === diffId);
}
