import type {
  BatchCheckLayerAvailabilityRequest,
  BatchCheckLayerAvailabilityResponse,
  CompleteLayerUploadRequest,
  CompleteLayerUploadResponse,
  GetDownloadUrlForLayerRequest,
  GetDownloadUrlForLayerResponse,
  InitiateLayerUploadRequest,
  InitiateLayerUploadResponse,
  Layer,
  LayerFailure,
  UploadLayerPartRequest,
  UploadLayerPartResponse,
} from '@aws-sdk/client-ecr';
import { isDigest } from '@towpath/reference';
import { Refusal } from '../refusal.ts';
import { repositoryForPush } from '../registry/creation-template.ts';
import { isReferenced } from '../registry/record.ts';
import { partSize } from '../registry/uploads.ts';
import { invalidParameter, layerNotFound } from '../registry/exceptions.ts';
import type { Call, Operations } from './operation.ts';

/** Docker's media type, which ECR returns for all layers (ECR API examples). */
const layerMediaType = 'application/vnd.docker.image.rootfs.diff.tar.gzip';

function batchCheckLayerAvailability({
  registry,
  input,
}: Call<BatchCheckLayerAvailabilityRequest>): BatchCheckLayerAvailabilityResponse {
  const repository = registry.repository(input.repositoryName);
  const layers: Layer[] = [];
  const failures: LayerFailure[] = [];
  for (const layerDigest of input.layerDigests) {
    if (layerDigest === '') {
      failures.push({
        layerDigest,
        failureCode: 'MissingLayerDigest',
        failureReason: 'Missing layer digest',
      });
    } else if (!/^[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+$/.test(layerDigest)) {
      failures.push({
        layerDigest,
        failureCode: 'InvalidLayerDigest',
        failureReason: `Invalid layer digest: '${layerDigest}'`,
      });
    } else {
      const size = isDigest(layerDigest) ? repository.layers.get(layerDigest) : undefined;
      layers.push({
        layerDigest,
        layerAvailability: size === undefined ? 'UNAVAILABLE' : 'AVAILABLE',
        ...(size !== undefined && { layerSize: size, mediaType: layerMediaType }),
      });
    }
  }
  return { layers, failures };
}

async function initiateLayerUpload({
  ecr,
  registry,
  input,
}: Call<InitiateLayerUploadRequest>): Promise<InitiateLayerUploadResponse> {
  const repository = await repositoryForPush(registry, input.repositoryName, ecr.clock.now());
  const { id } = await registry.uploads.start(repository);
  return { uploadId: id, partSize };
}

async function uploadLayerPart({
  registry,
  input,
}: Call<UploadLayerPartRequest>): Promise<UploadLayerPartResponse> {
  const { uploadId, partFirstByte, partLastByte, layerPartBlob } = input;
  const repository = registry.repository(input.repositoryName);
  if (partLastByte - partFirstByte + 1 !== layerPartBlob.length) {
    throw invalidParameter('partLastByte', 'Layer part length does not match the length of the blob');
  }
  const part = async function* (): AsyncGenerator<Buffer> {
    yield await Promise.resolve(Buffer.from(layerPartBlob));
  };
  const { size } = await registry.uploads.append(uploadId, repository, partFirstByte, part());
  return {
    registryId: registry.account,
    repositoryName: repository.name,
    uploadId,
    lastByteReceived: size - 1,
  };
}

async function completeLayerUpload({
  registry,
  input,
}: Call<CompleteLayerUploadRequest>): Promise<CompleteLayerUploadResponse> {
  const { uploadId, layerDigests } = input;
  const repository = registry.repository(input.repositoryName);
  const existing = layerDigests.find((digest) => isDigest(digest) && repository.layers.has(digest));
  if (existing !== undefined) {
    await registry.uploads.cancel(uploadId, repository);
    throw new Refusal(
      'LayerAlreadyExistsException',
      `Layer with digest '${existing}' already exists in the repository with name '${repository.name}' in registry with id '${registry.account}'`,
    );
  }
  const layerDigest = await registry.uploads.complete(uploadId, repository, layerDigests);
  return { registryId: registry.account, repositoryName: repository.name, uploadId, layerDigest };
}

function getDownloadUrlForLayer({
  ecr,
  registry,
  input,
}: Call<GetDownloadUrlForLayerRequest>): GetDownloadUrlForLayerResponse {
  const { layerDigest } = input;
  const repository = registry.repository(input.repositoryName);
  if (!isDigest(layerDigest) || !repository.layers.has(layerDigest)) {
    throw layerNotFound(layerDigest, repository.name, registry.account);
  }
  if (!isReferenced(repository.record, layerDigest)) {
    throw new Refusal(
      'LayerInaccessibleException',
      `The layer with digest '${layerDigest}' is not available because it is not associated with an image.`,
    );
  }
  return { downloadUrl: ecr.bucket.addressOf(registry, repository.name, layerDigest), layerDigest };
}

export const layers: Operations = {
  BatchCheckLayerAvailability: batchCheckLayerAvailability,
  InitiateLayerUpload: initiateLayerUpload,
  UploadLayerPart: uploadLayerPart,
  CompleteLayerUpload: completeLayerUpload,
  GetDownloadUrlForLayer: getDownloadUrlForLayer,
};
