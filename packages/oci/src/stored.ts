import { CodedError } from '@towpath/errors';
import { foreignLayers, type Manifest } from './manifest.ts';

/**
 * Asserts that a registry stores all bytes of an image.
 *
 * @param name of the image
 * @throws CodedError `image-unsupported` if a registry would store only the digest of a layer
 */
export function requireStored(name: string, manifests: readonly Manifest[]): void {
  const [layer] = manifests.flatMap(foreignLayers);
  if (layer === undefined) return;
  throw new CodedError(
    'image-unsupported',
    `Image ${name} has layer ${layer.digest} (${layer.mediaType}), whose content is not in the registry: registries do not store it.`,
    { hint: 'Rebuild the base image without foreign layers. Windows base images are not supported.' },
  );
}
