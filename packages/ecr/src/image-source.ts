import { OutsideError } from '@towpath/errors';
import type { ContentSource } from '@towpath/oci';
import type { Digest } from '@towpath/reference';
import type { EcrRegistry } from './aws.ts';
import { findImages } from './images.ts';

/**
 * Returns the content of a repository. Reads manifests over the AWS API, with one request for concurrent reads, and
 * blobs over the registry API.
 */
export function imageSource(
  registry: EcrRegistry,
  repository: string,
  blobs: Pick<ContentSource, 'blob'>,
): ContentSource {
  let pending: Digest[] = [];
  let found: ReturnType<typeof findImages> | undefined;
  const find = (): ReturnType<typeof findImages> => {
    const digests = pending;
    [pending, found] = [[], undefined];
    return findImages(registry, repository, digests);
  };
  return {
    blob: (descriptor) => blobs.blob(descriptor),
    manifest: async ({ digest }) => {
      pending.push(digest);
      found ??= Promise.resolve().then(find);
      const manifest = (await found).get(digest);
      if (manifest !== undefined) return manifest;
      throw new OutsideError('image-missing', `${repository} in ${registry.host} has no image ${digest}.`, {
        operation: 'ecr:BatchGetImage',
      });
    },
  };
}
