import { isDigest, type Digest } from '@towpath/reference';
import { denialOf } from '../access/authorize.ts';
import { parseContentRange } from '../http/range.ts';
import { Refusal } from '../refusal.ts';
import { repositoryForPush } from '../registry/creation-template.ts';
import { mountLayer } from '../registry/mount-layer.ts';
import type { Upload } from '../registry/uploads.ts';
import { invalidParameter } from '../registry/words.ts';
import { addressOf, type Route, type Routed } from './route.ts';
import { permit } from './permit.ts';

/** Of any algorithm; but what is stored has a digest of SHA-256 (ECR API, LayerDigest). */
const digestPattern = /^[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+$/;

const start = /^\/v2\/(?<name>.+)\/blobs\/uploads\/?$/;
const session = /^\/v2\/(?<name>.+)\/blobs\/uploads\/(?<reference>[^/]+)$/;

/** Opens an upload, or mounts the layer that the query names. A body is not looked at: 202 says that it is to follow. */
async function post(routed: Routed): Promise<void> {
  const { ecr, registry, exchange, name } = routed;
  const repository = await repositoryForPush(registry, name, ecr.clock.now());
  const digest = exchange.url.searchParams.get('mount') ?? '';
  if (isDigest(digest) && (await mounted(routed, digest))) {
    await exchange.send(201, {
      location: addressOf(exchange, `/v2/${name}/blobs/${digest}`),
      'docker-content-digest': digest,
    });
    return;
  }
  await progress(routed, 202, await registry.uploads.start(repository));
}

/** Whoever may not read the source has to upload, like everybody for whom it does not exist. */
async function mounted(routed: Routed, digest: Digest): Promise<boolean> {
  const { caller, registry, exchange, name } = routed;
  const from = exchange.url.searchParams.get('from') ?? '';
  const source = registry.find(from);
  const { account, region } = registry;
  const read = { caller, action: 'ecr:GetDownloadUrlForLayer', account, region, registry, repository: from };
  if (source === undefined || denialOf(read) !== undefined) return false;
  return mountLayer(registry, digest, source, registry.repository(name));
}

async function patch(routed: Routed): Promise<void> {
  // 201 where the specification says 202 (openai/tart#273, CR#2831).
  await progress(routed, 201, await receive(routed));
}

async function put(routed: Routed): Promise<void> {
  const { registry, exchange, name, reference } = routed;
  const repository = registry.repository(name);
  const digest = exchange.url.searchParams.get('digest') ?? '';
  if (!digestPattern.test(digest)) {
    throw invalidParameter('layerDigest', "must satisfy regular expression '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'");
  }
  await receive(routed);
  permit(routed, 'ecr:CompleteLayerUpload');
  await registry.uploads.complete(reference, repository, [digest]);
  await exchange.send(201, {
    location: addressOf(exchange, `/v2/${name}/blobs/${digest}`),
    'docker-content-digest': digest,
  });
}

async function status({ registry, exchange, name, reference }: Routed): Promise<void> {
  const upload = registry.uploads.find(reference, registry.repository(name));
  await exchange.send(204, headersOf(exchange, name, upload));
}

export const uploadRoutes: readonly Route[] = [
  {
    method: 'POST',
    pattern: start,
    operation: 'POST upload',
    action: 'ecr:InitiateLayerUpload',
    answer: post,
  },
  {
    method: 'PATCH',
    pattern: session,
    operation: 'PATCH upload',
    action: 'ecr:UploadLayerPart',
    answer: patch,
  },
  { method: 'PUT', pattern: session, operation: 'PUT upload', action: 'ecr:UploadLayerPart', answer: put },
  { method: 'GET', pattern: session, operation: 'GET upload', action: 'ecr:UploadLayerPart', answer: status },
];

/** Takes the body as the next part. Without a Content-Range it claims to be the first. */
async function receive({ registry, exchange, name, reference }: Routed): Promise<Upload> {
  const { uploads } = registry;
  const repository = registry.repository(name);
  const upload = uploads.find(reference, repository);
  const length = exchange.header('content-length');
  const header = exchange.header('content-range');
  const range = header === undefined ? undefined : parseContentRange(header);
  if (header !== undefined && range === undefined) {
    throw new Refusal('InvalidLayerPartException', `Invalid Content-Range: ${header}`);
  }
  if (length === '0' || (length === undefined && exchange.header('transfer-encoding') === undefined))
    return upload;
  if (range !== undefined && length !== undefined && Number(length) !== range.last - range.first + 1) {
    throw new Refusal('InvalidLayerPartException', `Content-Range ${header ?? ''} is not of ${length} bytes`);
  }
  return uploads.append(reference, repository, range?.first ?? 0, exchange.body());
}

async function progress({ exchange, name }: Routed, status: number, upload: Upload): Promise<void> {
  await exchange.send(status, headersOf(exchange, name, upload));
}

/** The range does not move after the first part, whatever arrives (CR#2831). */
function headersOf(
  exchange: Routed['exchange'],
  name: string,
  { id, parts }: Upload,
): Record<string, string> {
  return {
    location: addressOf(exchange, `/v2/${name}/blobs/uploads/${id}`),
    range: `0-${Math.max(0, (parts[0] ?? 0) - 1)}`,
    'docker-upload-uuid': id,
  };
}
