import {
  BatchCheckLayerAvailabilityCommand,
  BatchGetImageCommand,
  type ImageFailure,
  type ImageIdentifier,
} from '@aws-sdk/client-ecr';
import { forAll } from '@towpath/concurrency';
import { CodedError, OutsideError } from '@towpath/errors';
import { mediaTypes, parseManifest, type Manifest, type Presence } from '@towpath/oci';
import { isDigest, type Digest } from '@towpath/reference';
import type { EcrRegistry, PrivateEcr } from './aws.ts';
import { call } from './call.ts';
import { chunks } from './chunks.ts';
import { restoreImageCommand } from './cli.ts';
import { kmsHint } from './exceptions.ts';
import type { ImageKey } from './image-key.ts';
import { availablePublicLayers, findPublicImages } from './public-registry.ts';

/** The maximum number of ids in BatchGetImage and of digests in BatchCheckLayerAvailability (ECR API). */
const batchSize = 100;

/**
 * Returns the manifests of images in a repository. All media types are accepted, so ECR returns the bytes as pushed.
 *
 * @returns the manifests by tag or digest. A missing image has no entry.
 * @throws CodedError `repository-missing`, `access-denied`, …
 */
export async function findImages(
  registry: EcrRegistry,
  repository: string,
  keys: readonly ImageKey[],
): Promise<ReadonlyMap<ImageKey, Manifest>> {
  if (registry.kind === 'public') return findPublicImages(registry, repository, keys);
  const found = [...(await surveyImages(registry, repository, keys))].map(([key, manifest]) => {
    if (manifest instanceof CodedError) throw manifest;
    return [key, manifest] as const;
  });
  return new Map(found);
}

/**
 * Returns the manifests of images as {@link findImages} does, but an image that ECR does not return, or whose manifest
 * is invalid, is a result of its key instead of an error about all keys.
 *
 * @throws CodedError `repository-missing`, `access-denied`, …
 */
export async function surveyImages(
  registry: PrivateEcr,
  repository: string,
  keys: readonly ImageKey[],
): Promise<ReadonlyMap<ImageKey, Manifest | CodedError>> {
  const batches = chunks([...new Set(keys)], batchSize);
  return new Map((await forAll(batches, (batch) => getBatch(registry, repository, batch))).flat());
}

async function getBatch(
  registry: PrivateEcr,
  repository: string,
  keys: readonly ImageKey[],
): Promise<(readonly [ImageKey, Manifest | CodedError])[]> {
  const { client, account, host } = registry;
  const subject = `${repository} in ${host}`;
  const { images = [], failures = [] } = await call({ operation: 'ecr:BatchGetImage', subject }, () =>
    client.send(
      new BatchGetImageCommand({
        registryId: account,
        repositoryName: repository,
        imageIds: keys.map(imageId),
        acceptedMediaTypes: Object.values(mediaTypes),
      }),
    ),
  );
  const results = [
    ...images.map(({ imageId: id, imageManifest = '', imageManifestMediaType }) => ({
      id,
      result: parse(imageManifest, imageManifestMediaType, id, subject),
    })),
    ...failures
      .filter(({ failureCode }) => failureCode !== 'ImageNotFound')
      .map((one) => ({ id: one.imageId, result: unavailable(one, repository, registry) })),
  ];
  return results.flatMap(({ id, result }) => {
    const own = keys.filter((key) => key === id?.imageTag || key === id?.imageDigest);
    if (own.length === 0 && result instanceof CodedError) throw result;
    return own.map((key): readonly [ImageKey, Manifest | CodedError] => [key, result]);
  });
}

/** Returns the error for an image that exists, but that ECR does not return (ECR API, ImageFailure). */
function unavailable(
  { failureCode, failureReason = failureCode ?? 'without a reason', imageId: id }: ImageFailure,
  repository: string,
  registry: PrivateEcr,
): OutsideError {
  const name = id?.imageTag ?? id?.imageDigest ?? '';
  const image = `${name} of ${repository} in ${registry.host}`;
  const operation = 'ecr:BatchGetImage';
  if (failureCode === 'ImageInaccessible')
    return new OutsideError('image-missing', `ECR does not return ${image}: ${failureReason}.`, {
      operation,
      hint: `If the image is archived, restore it. Run: ${restoreImageCommand(registry, repository, name)}`,
    });
  const isUpstream = failureCode?.startsWith('Upstream') === true;
  return new OutsideError('outside-failed', `ECR could not return ${image}: ${failureReason}`, {
    operation,
    hint: isUpstream
      ? 'Check the pull-through cache rule of the repository: its upstream registry, and the secret with the credentials. Then run the step again.'
      : failureCode === 'KmsError'
        ? kmsHint
        : 'Run the step again. If it fails again, contact AWS support.',
  });
}

function parse(
  text: string,
  mediaType: string | undefined,
  id: ImageIdentifier | undefined,
  subject: string,
): Manifest | CodedError {
  try {
    const manifest = parseManifest(Buffer.from(text), mediaType ?? mediaTypes.ociManifest);
    if (manifest.digest === id?.imageDigest) return manifest;
    return new CodedError(
      'digest-mismatch',
      `ECR returned a manifest with another digest for ${id?.imageDigest ?? ''} of ${subject}.`,
    );
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    const { imageTag, imageDigest = '' } = id ?? {};
    const name = imageTag === undefined ? imageDigest : `tag ${imageTag} (${imageDigest})`;
    return new CodedError(
      'image-unsupported',
      `Towpath cannot read ${name} of ${subject}: ${error.message}`,
      {
        hint: 'Another program pushed it. Find out who can push to this repository, and delete the image or its tag.',
        cause: error,
      },
    );
  }
}

/** Checks in batches which manifests and layers exist in a repository. */
export function imagePresence(registry: EcrRegistry, repository: string): Presence {
  return {
    manifests: async (digests) => {
      const found = await findImages(registry, repository, digests);
      return new Set(digests.filter((digest) => found.has(digest)));
    },
    blobs: async (digests) => {
      const batches = chunks(digests, batchSize);
      return new Set((await forAll(batches, (batch) => availableLayers(registry, repository, batch))).flat());
    },
  };
}

async function availableLayers(
  registry: EcrRegistry,
  repository: string,
  digests: readonly Digest[],
): Promise<Digest[]> {
  const available =
    registry.kind === 'public'
      ? await availablePublicLayers(registry, repository, digests)
      : await availablePrivateLayers(registry, repository, digests);
  return digests.filter((digest) => available.has(digest));
}

async function availablePrivateLayers(
  { client, account, host }: PrivateEcr,
  repository: string,
  digests: readonly Digest[],
): Promise<ReadonlySet<string | undefined>> {
  const subject = `${repository} in ${host}`;
  const { layers = [] } = await call({ operation: 'ecr:BatchCheckLayerAvailability', subject }, () =>
    client.send(
      new BatchCheckLayerAvailabilityCommand({
        registryId: account,
        repositoryName: repository,
        layerDigests: [...digests],
      }),
    ),
  );
  return new Set(layers.filter((one) => one.layerAvailability === 'AVAILABLE').map((one) => one.layerDigest));
}

function imageId(key: ImageKey): ImageIdentifier {
  return isDigest(key) ? { imageDigest: key } : { imageTag: key };
}
