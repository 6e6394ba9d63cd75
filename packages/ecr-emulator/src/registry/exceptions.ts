import { Refusal } from '../refusal.ts';

/**
 * The exceptions of Amazon ECR with its messages, literally as far as they are published: in issues of its clients and of
 * aws/containers-roadmap, and in recordings of other emulators.
 */

export function repositoryNotFound(name: string, registryId: string): Refusal {
  return new Refusal(
    'RepositoryNotFoundException',
    `The repository with name '${name}' does not exist in the registry with id '${registryId}'`,
  );
}

export function repositoryAlreadyExists(name: string, registryId: string): Refusal {
  return new Refusal(
    'RepositoryAlreadyExistsException',
    `The repository with name '${name}' already exists in the registry with id '${registryId}'`,
  );
}

export function repositoryNotEmpty(name: string, registryId: string): Refusal {
  return new Refusal(
    'RepositoryNotEmptyException',
    `The repository with name '${name}' in registry with id '${registryId}' cannot be deleted because it still contains images`,
  );
}

/** The identifier of an image in a request. */
export interface ImageIdentifier {
  readonly imageDigest?: string | undefined;
  readonly imageTag?: string | undefined;
}

function identifier({ imageDigest, imageTag }: ImageIdentifier): string {
  return `{imageDigest:'${imageDigest ?? 'null'}', imageTag:'${imageTag ?? 'null'}'}`;
}

export function imageNotFound(id: ImageIdentifier, name: string, registryId: string): Refusal {
  return new Refusal(
    'ImageNotFoundException',
    `The image with imageId ${identifier(id)} does not exist within the repository with name '${name}' in the registry with id '${registryId}'`,
  );
}

export function imageAlreadyExists(
  digest: string,
  tag: string | undefined,
  name: string,
  registryId: string,
): Refusal {
  return new Refusal(
    'ImageAlreadyExistsException',
    `Image with digest '${digest}' and tag '${tag ?? 'null'}' already exists in the repository with name '${name}' in registry with id '${registryId}'`,
  );
}

/** @param immutable the repository if all its tags are immutable, otherwise the tag */
export function tagImmutable(tag: string, name: string, immutable: 'repository' | 'tag'): Refusal {
  return new Refusal(
    'ImageTagAlreadyExistsException',
    `The image tag '${tag}' already exists in the '${name}' repository and cannot be overwritten because the ${immutable} is immutable.`,
  );
}

export function imageDigestDoesNotMatch(digest: string, name: string, registryId: string): Refusal {
  return new Refusal(
    'ImageDigestDoesNotMatchException',
    `The image with digest '${digest}' in repository '${name}' and registry ID '${registryId}' does not match the image digest that Amazon ECR has calculated.`,
  );
}

export function layersNotFound(digests: readonly string[], name: string, registryId: string): Refusal {
  return new Refusal(
    'LayersNotFoundException',
    `Layers with digests '[${digests.join(', ')}]' required for pushing image into repository with name '${name}' in the registry with id '${registryId}' do not exist`,
  );
}

export function referencedImagesNotFound(
  digests: readonly string[],
  name: string,
  registryId: string,
): Refusal {
  return new Refusal(
    'ReferencedImagesNotFoundException',
    `Images with digests '[${digests.join(', ')}]' required for pushing image into repository with name '${name}' in the registry with id '${registryId}' do not exist`,
  );
}

export function limitExceeded(message: string): Refusal {
  return new Refusal('LimitExceededException', message);
}

/** @param parameter the name in ECR's message, which may differ from the name in the request */
export function invalidParameter(parameter: string, constraint: string): Refusal {
  return new Refusal(
    'InvalidParameterException',
    `Invalid parameter at '${parameter}' failed to satisfy constraint: '${constraint}'`,
  );
}

export function uploadNotFound(uploadId: string, name: string, registryId: string): Refusal {
  return new Refusal(
    'UploadNotFoundException',
    `The upload with id '${uploadId}' does not exist in the repository with name '${name}' in the registry with id '${registryId}'`,
  );
}

export function layerNotFound(digest: string, name: string, registryId: string): Refusal {
  return new Refusal(
    'LayersNotFoundException',
    `The layer with digest '${digest}' does not exist within the repository with name '${name}' in the registry with id '${registryId}'`,
  );
}

export function scanNotFound(id: ImageIdentifier, name: string, registryId: string): Refusal {
  return new Refusal(
    'ScanNotFoundException',
    `Image scan does not exist for the image with '${identifier(id)}' in the repository with name '${name}' in the registry with id '${registryId}'`,
  );
}

/** @param kind e.g. `Lifecycle policy`, `Repository policy` */
export function policyNotFound(kind: string, name: string, registryId: string): Refusal {
  return new Refusal(
    `${kind.replace(/ (.)/, (_, letter: string) => letter.toUpperCase())}NotFoundException`,
    `${kind} does not exist for the repository with name '${name}' in the registry with id '${registryId}'`,
  );
}

export function registryPolicyNotFound(registryId: string): Refusal {
  return new Refusal(
    'RegistryPolicyNotFoundException',
    `Registry policy does not exist in the registry with id '${registryId}'`,
  );
}
