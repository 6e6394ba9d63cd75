import { DescribeImagesCommand, type DescribeImagesResponse, type ImageDetail } from '@aws-sdk/client-ecr';
import { isDigest, type Digest } from '@towpath/reference';
import type { PrivateEcr } from './aws.ts';
import { call } from './call.ts';
import { readPages } from './pages.ts';

/** ECR's description of an image. */
export interface PushedImage {
  /** The time of the push. Later tags do not change it. */
  readonly pushedAt: Date | undefined;
  readonly tags: readonly string[];
}

/**
 * Returns the push time and the tags of an image, or undefined if the image does not exist.
 *
 * @throws CodedError `repository-missing`, `access-denied`, …
 */
export async function pushedImage(
  registry: PrivateEcr,
  repository: string,
  digest: Digest,
): Promise<PushedImage | undefined> {
  const [detail] = await describe(registry, repository, { imageIds: [{ imageDigest: digest }] });
  return detail && { pushedAt: detail.imagePushedAt, tags: detail.imageTags ?? [] };
}

/**
 * Returns when ECR stored the images that tags name. Empty if one of the tags does not exist.
 *
 * @param tags at most 100
 * @throws CodedError `repository-missing`, `access-denied`, …
 */
export async function pushTimes(
  registry: PrivateEcr,
  repository: string,
  tags: readonly string[],
): Promise<ReadonlyMap<string, Date>> {
  const details = await describe(registry, repository, { imageIds: tags.map((imageTag) => ({ imageTag })) });
  return new Map(
    details.flatMap(({ imagePushedAt, imageTags = [] }) =>
      imagePushedAt === undefined ? [] : imageTags.map((tag) => [tag, imagePushedAt] as const),
    ),
  );
}

/**
 * Returns the digest that each tag of a repository names.
 *
 * @throws CodedError `repository-missing`, `access-denied`, …
 */
export async function taggedImages(
  registry: PrivateEcr,
  repository: string,
): Promise<ReadonlyMap<string, Digest>> {
  const details = await describe(registry, repository, { filter: { tagStatus: 'TAGGED' } });
  return new Map(
    details.flatMap(({ imageDigest: digest = '', imageTags = [] }) =>
      isDigest(digest) ? imageTags.map((tag) => [tag, digest] as const) : [],
    ),
  );
}

/**
 * Returns the tagged image with the latest push.
 *
 * @throws CodedError `repository-missing`, `access-denied`, …
 */
export async function newestImage(registry: PrivateEcr, repository: string): Promise<Digest | undefined> {
  const details = await describe(registry, repository, { filter: { tagStatus: 'TAGGED' } });
  const [newest] = details.toSorted((one, other) => timeOf(other) - timeOf(one));
  const digest = newest?.imageDigest;
  return digest !== undefined && isDigest(digest) ? digest : undefined;
}

/** An image of a repository, as ECR lists it. */
export interface ListedImage {
  readonly digest: Digest;
  readonly tags: readonly string[];
  readonly pushedAt?: Date;
  /** The time of the last pull that ECR recorded. */
  readonly pulledAt?: Date;
  /** The image that this artifact refers to. */
  readonly subject?: string;
  /** The media type of the manifest. */
  readonly mediaType?: string;
}

/**
 * Returns all active images of a repository.
 *
 * @throws CodedError `repository-missing`, `access-denied`, …
 */
export async function listImages(registry: PrivateEcr, repository: string): Promise<readonly ListedImage[]> {
  const details = await describe(registry, repository, { maxResults: 1000 });
  return details.flatMap(({ imageDigest, imageTags = [], ...detail }) => {
    if (imageDigest === undefined || !isDigest(imageDigest)) return [];
    const {
      imagePushedAt: pushedAt,
      lastRecordedPullTime: pulledAt,
      subjectManifestDigest: subject,
      imageManifestMediaType: mediaType,
    } = detail;
    return [
      {
        digest: imageDigest,
        tags: imageTags,
        ...(pushedAt !== undefined && { pushedAt }),
        ...(pulledAt !== undefined && { pulledAt }),
        ...(subject !== undefined && { subject }),
        ...(mediaType !== undefined && { mediaType }),
      },
    ];
  });
}

function timeOf({ imagePushedAt }: ImageDetail): number {
  return imagePushedAt?.getTime() ?? 0;
}

async function describe(
  { client, account, host }: PrivateEcr,
  repositoryName: string,
  selection: Pick<
    ConstructorParameters<typeof DescribeImagesCommand>[0],
    'imageIds' | 'filter' | 'maxResults'
  >,
): Promise<readonly ImageDetail[]> {
  const what = { operation: 'ecr:DescribeImages', subject: `${repositoryName} in ${host}` };
  const pages = readPages(what, (nextToken) =>
    call(what, async (): Promise<DescribeImagesResponse> => {
      try {
        return await client.send(
          new DescribeImagesCommand({ registryId: account, repositoryName, ...selection, nextToken }),
        );
      } catch (error) {
        if (error instanceof Error && error.name === 'ImageNotFoundException') return {};
        throw error;
      }
    }),
  );
  const details: ImageDetail[] = [];
  for await (const { imageDetails = [] } of pages) details.push(...imageDetails);
  return details;
}
