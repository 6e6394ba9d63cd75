import { OutsideError } from '@towpath/errors';
import type { ContentSource } from '@towpath/oci';
import type { Digest } from '@towpath/reference';
import type { EcrRegistry } from './aws.ts';
import { findImages } from './images.ts';

/**
 * Returns the content of a repository: manifests by the AWS API, with one request for those that are read side by side,
 * and blobs by the registry API.
 */
export function imageSource(
  registry: EcrRegistry,
  repository: string,
  blobs: Pick<ContentSource, 'blob'>,
): ContentSource {
  let asked: Digest[] = [];
  let found: ReturnType<typeof findImages> | undefined;
  const find = (): ReturnType<typeof findImages> => {
    const digests = asked;
    [asked, found] = [[], undefined];
    return findImages(registry, repository, digests);
  };
  return {
    blob: (descriptor) => blobs.blob(descriptor),
    manifest: async ({ digest }) => {
      asked.push(digest);
      found ??= Promise.resolve().then(find);
      const manifest = (await found).get(digest);
      if (manifest !== undefined) return manifest;
      throw new OutsideError('image-missing', `${repository} in ${registry.host} has no image ${digest}.`, {
        operation: 'ecr:BatchGetImage',
      });
    },
  };
}
