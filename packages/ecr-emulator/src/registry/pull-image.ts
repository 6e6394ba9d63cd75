import { digestOf, type Digest } from '@towpath/reference';
import { importImage, type Pull } from '../pull-through/import-image.ts';
import { lookUp, type ImageFailure } from './find-image.ts';
import { negotiate, type Served } from './negotiate.ts';
import { imageStatusOf } from './storage-class.ts';

/** An image on its way to a client. */
export interface PulledImage extends Served {
  /** Of the bytes that are served: of a converted manifest it is not the one that is stored. */
  readonly digest: Digest;
}

/**
 * The manifest that an identifier names, in a format that the client accepts, or why there is none.
 *
 * @param accepted media types; none means any
 * @throws Refusal RepositoryNotFoundException, or what an upstream is to blame for
 */
export async function pullImage(
  pull: Pull,
  accepted: readonly string[],
): Promise<PulledImage | { readonly failure: ImageFailure }> {
  await importImage(pull);
  const { registry, name, id } = pull;
  const { clock } = pull.ecr;
  const repository = registry.repository(name);
  const found = lookUp(repository, id);
  if ('failure' in found) return found;
  const image = repository.record.images[found.digest];
  if (image === undefined) return { failure: 'ImageNotFound' };
  if (imageStatusOf(image, clock.now()) !== 'ACTIVE') return { failure: 'ImageInaccessible' };
  const bytes = await repository.readManifest(found.digest);
  const served = negotiate({ mediaType: image.mediaType, bytes }, accepted, id.imageDigest !== undefined);
  if (served === undefined) return { failure: 'ImageNotFound' };
  await repository.pulled(found.digest, clock.now());
  return { ...served, digest: served.bytes === bytes ? found.digest : digestOf(served.bytes) };
}
