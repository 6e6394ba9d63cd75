import { PutImageCommand } from '@aws-sdk/client-ecr';
import { CodedError } from '@towpath/errors';
import type { Manifest } from '@towpath/oci';
import type { EcrRegistry } from './aws.ts';
import { failure } from './call.ts';
import { tagPublicImage } from './public-registry.ts';
import { findImages } from './images.ts';

/** Reports differ on which of them ECR raises for an equal digest and for another one, so the tag is read again. */
const existsAlready = new Set(['ImageAlreadyExistsException', 'ImageTagAlreadyExistsException']);

/** How often a tag is set that other runs move at the same time. */
const maxAttempts = 5;

/**
 * Sets a tag to an image with its manifest in the repository.
 *
 * @param mayMove whether the tag may move from another image. ECR never moves an immutable tag.
 * @param attempts the maximum number of requests if other runs move the tag at the same time
 * @returns `put`, or `there` if the tag already points to the image
 * @throws CodedError `tag-conflict` if the tag is immutable and points to another image; `digest-mismatch`, …
 */
export async function tagImage(
  registry: EcrRegistry,
  repository: string,
  manifest: Manifest,
  tag: string,
  mayMove = false,
  attempts = maxAttempts,
): Promise<'put' | 'there'> {
  if (registry.kind === 'public') return tagPublicImage(registry, repository, manifest, tag, mayMove);
  const { client, account, host } = registry;
  const command = new PutImageCommand({
    registryId: account,
    repositoryName: repository,
    imageManifest: manifest.text,
    imageManifestMediaType: manifest.mediaType,
    imageDigest: manifest.digest,
    imageTag: tag,
  });
  const subject = `${repository} in ${host}`;
  try {
    const { image } = await client.send(command);
    if (image?.imageId?.imageDigest === manifest.digest) return 'put';
    throw new CodedError(
      'digest-mismatch',
      `ECR stored tag ${tag} of ${subject} as ${image?.imageId?.imageDigest ?? 'nothing'}, not ${manifest.digest}.`,
    );
  } catch (error) {
    if (!(error instanceof Error) || !existsAlready.has(error.name)) {
      throw failure({ operation: 'ecr:PutImage', subject, item: `tag ${tag}` }, error);
    }
    const current = (await findImages(registry, repository, [tag])).get(tag);
    if (current?.digest === manifest.digest) return 'there';
    // The tag named this image at the time of the request, and another run moved it before it was read.
    const isMoved = mayMove && error.name === 'ImageAlreadyExistsException';
    if (isMoved && attempts > 1) return tagImage(registry, repository, manifest, tag, mayMove, attempts - 1);
    throw new CodedError(
      'tag-conflict',
      `Tag ${tag} of ${subject} is immutable and points to ${current?.digest ?? 'another image'}, so it cannot be set to ${manifest.digest}.`,
      {
        hint: 'Publish under another version.',
        cause: error,
      },
    );
  }
}
