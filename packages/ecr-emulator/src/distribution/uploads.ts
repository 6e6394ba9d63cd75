import { isDigest, type Digest } from '@towpath/reference';
import { denialOf } from '../access/authorize.ts';
import { parseContentRange } from '../http/range.ts';
import { Refusal } from '../refusal.ts';
import { repositoryForPush } from '../registry/creation-template.ts';
import { mountLayer } from '../registry/mount-layer.ts';
import type { Upload } from '../registry/uploads.ts';
import { invalidParameter } from '../registry/exceptions.ts';
import { addressIn, type Route, type Routed } from './route.ts';
import { permit } from './permit.ts';

/** Matches digests of any algorithm, although ECR stores only SHA-256 (ECR API, LayerDigest). */
const digestPattern = /^[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+$/;

const start = /^\/v2\/(?<name>.+)\/blobs\/uploads\/?$/;
const session = /^\/v2\/(?<name>.+)\/blobs\/uploads\/(?<reference>[^/]+)$/;

/** Opens an upload, or mounts the layer in the query. Ignores the body and answers 202. */
async function post(routed: Routed): Promise<void> {
  const { ecr, registry, exchange, name } = routed;
  const repository = await repositoryForPush(registry, name, ecr.clock.now());
  const { searchParams } = exchange.url;
  const mount = searchParams.get('mount') ?? '';
  if (isDigest(mount) && (await mounted(routed, mount))) {
    await created(routed, mount);
    return;
  }
  const upload = await registry.uploads.start(repository);
  if (searchParams.has('digest') && !ecr.deviates('no-single-post')) {
    await put({ ...routed, reference: upload.id });
    return;
  }
  await progress(routed, 202, upload);
}

/** Mounts a layer if the caller may read its source. Returns false otherwise, as for a missing source. */
async function mounted(routed: Routed, digest: Digest): Promise<boolean> {
  const { ecr, caller, registry, exchange, name } = routed;
  const from = exchange.url.searchParams.get('from') ?? '';
  const source = registry.find(from);
  const { account, region } = registry;
  const action = 'ecr:GetDownloadUrlForLayer';
  const read = { caller, action, account, region, registry, repository: from, roles: ecr.roles };
  if (source === undefined || denialOf(read) !== undefined) return false;
  return mountLayer(ecr, registry, digest, source, registry.repository(name));
}

async function patch(routed: Routed): Promise<void> {
  await progress(routed, routed.ecr.deviates('patch-201') ? 201 : 202, await receive(routed));
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
  await created(routed, digest);
}

async function status(routed: Routed): Promise<void> {
  const { registry, name, reference } = routed;
  await progress(routed, 204, registry.uploads.find(reference, registry.repository(name)));
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

/**
 * Appends the body as the next part. Without a Content-Range, a PATCH continues the upload and a PUT starts at byte 0
 * (aws/containers-roadmap#2831, apple/containerization#790).
 */
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
    throw new Refusal(
      'InvalidLayerPartException',
      `Content-Range ${header ?? ''} does not match ${length} bytes`,
    );
  }
  const first = range?.first ?? (exchange.method === 'PATCH' ? upload.size : 0);
  return uploads.append(reference, repository, first, exchange.body());
}

async function created(routed: Routed, digest: string): Promise<void> {
  const location = addressIn(routed, `blobs/${digest}`);
  await routed.exchange.send(201, { location, 'docker-content-digest': digest });
}

async function progress(routed: Routed, status: number, upload: Upload): Promise<void> {
  const { ecr, exchange } = routed;
  const received = ecr.deviates('frozen-range') ? (upload.parts[0] ?? 0) : upload.size;
  await exchange.send(status, {
    location: addressIn(routed, `blobs/uploads/${upload.id}`),
    range: `0-${Math.max(0, received - 1)}`,
    'docker-upload-uuid': upload.id,
  });
}
