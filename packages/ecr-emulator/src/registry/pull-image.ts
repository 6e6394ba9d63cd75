import { digestOf, type Digest } from '@towpath/reference';
import { importImage, type Pull } from '../pull-through/import-image.ts';
import { lookUp, type ImageFailure } from './find-image.ts';
import { negotiate, type Served } from './negotiate.ts';
import { imageStatusOf } from './storage-class.ts';

/** The response to a pull. */
export interface PulledImage extends Served {
  /** The digest of the returned bytes. It differs from the stored one if the manifest was converted. */
  readonly digest: Digest;
}

/**
 * Returns the manifest of an identifier in an accepted format, or the failure code.
 *
 * @param accepted media types. Empty for any.
 * @throws Refusal RepositoryNotFoundException, or the error of an upstream
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
