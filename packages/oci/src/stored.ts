import { CodedError } from '@towpath/errors';
import { foreignLayers, type Manifest } from './manifest.ts';

/**
 * Asserts that a registry stores all bytes of an image.
 *
 * @param name of the image
 * @param hint the fix. Default: that of an image with a Windows base image
 * @throws CodedError `image-unsupported` if a registry would store only the digest of a layer
 */
export function requireStored(name: string, manifests: readonly Manifest[], hint = rebuild): void {
  const [found] = manifests.flatMap((manifest) =>
    foreignLayers(manifest).map((layer) => ({ manifest, layer })),
  );
  if (found === undefined) return;
  const { manifest, layer } = found;
  throw new CodedError(
    'image-unsupported',
    `Image ${name} has layer ${layer.digest} (${layer.mediaType}) in manifest ${manifest.digest}, whose content is not in the registry: registries do not store it.`,
    { hint },
  );
}

const rebuild = 'Rebuild the base image without foreign layers. Windows base images are not supported.';
