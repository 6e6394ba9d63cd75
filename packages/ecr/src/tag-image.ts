import { PutImageCommand } from '@aws-sdk/client-ecr';
import { CodedError } from '@towpath/errors';
import type { Manifest } from '@towpath/oci';
import type { EcrRegistry } from './aws.ts';
import { failure } from './call.ts';
import { tagPublicImage } from './public-registry.ts';
import { findImages } from './images.ts';

/** Which of the two is raised for an equal and for another digest is reported both ways: the tag is read again. */
const existsAlready = new Set(['ImageAlreadyExistsException', 'ImageTagAlreadyExistsException']);

/**
 * Lets a tag name an image whose manifest is in the repository.
 *
 * @param mayMove whether a tag that names another image now may be moved; where tags are immutable ECR has the last word
 * @returns `there` when the tag named it already
 * @throws CodedError `tag-conflict` when the tag is immutable and names another image; `digest-mismatch`, …
 */
export async function tagImage(
  registry: EcrRegistry,
  repository: string,
  manifest: Manifest,
  tag: string,
  mayMove = false,
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
      throw failure({ operation: 'ecr:PutImage', subject }, error);
    }
    const holder = (await findImages(registry, repository, [tag])).get(tag);
    if (holder?.digest === manifest.digest) return 'there';
    throw new CodedError(
      'tag-conflict',
      `Tag ${tag} of ${subject} is immutable and names ${holder?.digest ?? 'another image'}: it cannot name ${manifest.digest}.`,
      {
        hint: 'Publish under another version.',
        cause: error,
      },
    );
  }
}
