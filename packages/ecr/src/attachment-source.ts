import type { AttachmentSource, ContentSource } from '@towpath/oci';
import type { EcrRegistry } from './aws.ts';
import { findImages } from './images.ts';
import { allReferrers } from './referrers.ts';

/**
 * Returns the attachments of a repository.
 *
 * @param manifests reads them; concurrent reads share a request
 */
export function attachmentSource(
  registry: EcrRegistry,
  repository: string,
  manifests: Pick<ContentSource, 'manifest'>,
): AttachmentSource {
  return {
    manifest: (descriptor) => manifests.manifest(descriptor),
    referrers: (subject) => allReferrers(registry, repository, subject),
    tagged: (tags) => findImages(registry, repository, tags),
  };
}
