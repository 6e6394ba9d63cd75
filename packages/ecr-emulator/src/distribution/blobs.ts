import { isDigest, type Digest } from '@towpath/reference';
import { Refusal } from '../refusal.ts';
import type { Repository } from '../registry/repository.ts';
import { layerNotFound } from '../registry/exceptions.ts';
import type { Route, Routed } from './route.ts';

const pattern = /^\/v2\/(?<name>.+)\/blobs\/(?<reference>[^/]+:[^/]+)$/;

async function head({ registry, exchange, name, reference }: Routed): Promise<void> {
  const { digest, size } = findLayer(registry.repository(name), reference);
  await exchange.send(200, {
    'content-type': 'application/octet-stream',
    'content-length': size,
    'docker-content-digest': digest,
    'accept-ranges': 'bytes',
  });
}

/** Redirects to the layer bucket, on another origin, which needs and accepts no credentials. */
async function get({ ecr, registry, exchange, name, reference }: Routed): Promise<void> {
  const { digest } = findLayer(registry.repository(name), reference);
  await exchange.send(307, {
    location: ecr.bucket.addressOf(registry, name, digest),
    'docker-content-digest': digest,
  });
}

async function remove({ ecr, registry, exchange, name, reference }: Routed): Promise<void> {
  if (ecr.deviates('no-layer-deletion')) {
    throw new Refusal('InvalidParameterException', 'The operation is unsupported.');
  }
  const repository = registry.repository(name);
  await repository.removeLayer(findLayer(repository, reference).digest);
  await exchange.send(202);
}

/** @throws Refusal BlobUnknown */
function findLayer(
  repository: Repository,
  reference: string,
): { readonly digest: Digest; readonly size: number } {
  const size = isDigest(reference) ? repository.layers.get(reference) : undefined;
  if (size === undefined || !isDigest(reference)) {
    const { message } = layerNotFound(reference, repository.name, repository.location.account);
    throw new Refusal('BlobUnknown', message);
  }
  return { digest: reference, size };
}

export const blobRoutes: readonly Route[] = [
  {
    method: 'HEAD',
    pattern,
    operation: 'HEAD blob',
    action: 'ecr:BatchCheckLayerAvailability',
    answer: head,
  },
  { method: 'GET', pattern, operation: 'GET blob', action: 'ecr:GetDownloadUrlForLayer', answer: get },
  { method: 'DELETE', pattern, operation: 'DELETE blob', action: undefined, answer: remove },
];
