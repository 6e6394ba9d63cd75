import { isTag } from '@towpath/reference';
import { Refusal } from '../refusal.ts';
import { repositoryForPush } from '../registry/creation-template.ts';
import { deleteImages } from '../registry/delete-images.ts';
import { failureReasons } from '../registry/find-image.ts';
import { pullImage } from '../registry/pull-image.ts';
import { pushImage } from '../registry/push-image.ts';
import { refuseImmutable } from '../registry/put-image.ts';
import { invalidParameter, type ImageIdentifier } from '../registry/exceptions.ts';
import { addressIn, type Route, type Routed } from './route.ts';

const pattern = /^\/v2\/(?<name>.+)\/manifests\/(?<reference>[^/]+)$/;

/** The maximum size of a manifest: 4 MiB (ECR API, PutImage). */
const maxManifest = 4_194_304;

async function get({ ecr, caller, registry, exchange, name, reference }: Routed): Promise<void> {
  const accepted = exchange.header('accept')?.split(',') ?? [];
  const pulled = await pullImage({ ecr, caller, registry, name, id: identifierOf(reference) }, accepted);
  if ('failure' in pulled) throw new Refusal(pulled.failure, failureReasons[pulled.failure]);
  const { mediaType, digest, bytes } = pulled;
  await exchange.send(200, { 'content-type': mediaType, 'docker-content-digest': digest }, bytes);
}

async function put(routed: Routed): Promise<void> {
  const { ecr, registry, exchange, name, reference } = routed;
  const { imageDigest: digest, imageTag: tag } = identifierOf(reference);
  if (tag !== undefined && !isTag(tag)) {
    throw invalidParameter('imageTag', "must satisfy regular expression '[a-zA-Z0-9-_.]+'");
  }
  const repository = await repositoryForPush(registry, name, ecr.clock.now());
  const { manifest, existed } = await pushImage(ecr, registry, repository, {
    bytes: await readManifest(exchange),
    mediaType: exchange.header('content-type'),
    tag,
    digest,
  });
  // Pushing the same image again is an error only for an immutable tag (CR#2179, CR#2380).
  if (existed && tag !== undefined) refuseImmutable(repository.record, tag);
  await exchange.send(201, {
    location: addressIn(routed, `manifests/${manifest.digest}`),
    'docker-content-digest': manifest.digest,
    ...(manifest.subject !== undefined && { 'oci-subject': manifest.subject }),
  });
}

/** Deletes a tag, and the image with its last tag, as BatchDeleteImage does (CR#1229). */
async function remove({ ecr, registry, exchange, name, reference }: Routed): Promise<void> {
  const { deleted, failures } = await deleteImages(registry.repository(name), [identifierOf(reference)]);
  await ecr.replicator.deleted(registry, name, deleted);
  const [failure] = failures;
  if (failure !== undefined) throw new Refusal(failure.failureCode, failure.failureReason);
  await exchange.send(202);
}

/** Returns the digest or the tag at the end of a path. */
function identifierOf(reference: string): ImageIdentifier {
  return reference.includes(':') ? { imageDigest: reference } : { imageTag: reference };
}

async function readManifest(exchange: Routed['exchange']): Promise<Buffer> {
  try {
    return await exchange.bytes(maxManifest);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw invalidParameter('imageManifest', `must have length less than or equal to ${maxManifest}`);
  }
}

export const manifestRoutes: readonly Route[] = [
  { method: 'GET', pattern, operation: 'GET manifest', action: 'ecr:BatchGetImage', answer: get },
  { method: 'HEAD', pattern, operation: 'HEAD manifest', action: 'ecr:BatchGetImage', answer: get },
  { method: 'PUT', pattern, operation: 'PUT manifest', action: 'ecr:PutImage', answer: put },
  { method: 'DELETE', pattern, operation: 'DELETE manifest', action: 'ecr:BatchDeleteImage', answer: remove },
];
