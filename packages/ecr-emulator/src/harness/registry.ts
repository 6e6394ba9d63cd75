import { GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import { digestOf, type Digest } from '@towpath/reference';
import type { Emulator } from '../emulator.ts';
import { mediaTypes } from '../registry/manifest.ts';
import { ecrClient, ours, type Identity } from './emulator.ts';

/** A thin HTTP client of one registry, so that tests see requests and responses unchanged. */
export interface RegistryClient {
  readonly url: string;
  readonly authorization: string;
  /** Sends a request with the token. Does not follow redirects. */
  readonly fetch: (path: string, init?: RequestInit) => Promise<Response>;
}

/** Returns a client for the registry of an account, with a token of account `as`. */
export async function registryClient(
  emulator: Emulator,
  { account = ours, region = 'us-east-1', as = account }: Identity & { readonly as?: string } = {},
): Promise<RegistryClient> {
  const url = emulator.registryUrl(account, region);
  const { authorizationData } = await ecrClient(emulator, { account: as, region }).send(
    new GetAuthorizationTokenCommand(),
  );
  return rawClient(url, `Basic ${authorizationData?.[0]?.authorizationToken ?? ''}`);
}

/** Returns a client that sends an authorization unless a request has its own. */
export function rawClient(url: string, authorization: string): RegistryClient {
  return {
    url,
    authorization,
    fetch: (path, init = {}) =>
      fetch(new URL(path, url), {
        redirect: 'manual',
        ...init,
        headers: { authorization, ...(init.headers as Record<string, string> | undefined) },
      }),
  };
}

/** An image in memory. */
export interface TestImage {
  readonly manifest: string;
  readonly mediaType: string;
  readonly digest: Digest;
  readonly blobs: readonly Buffer[];
}

const layerType = 'application/vnd.oci.image.layer.v1.tar+gzip';
const configType = 'application/vnd.oci.image.config.v1+json';

/** Creates an image that can be pushed but not run. The text is its only layer. */
export function imageOf(text: string, extra: Readonly<Record<string, unknown>> = {}): TestImage {
  const config = Buffer.from(JSON.stringify({ architecture: 'amd64', os: 'linux', rootfs: {}, text }));
  const layer = Buffer.from(text);
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: descriptorOf(config, configType),
    layers: [descriptorOf(layer, layerType)],
    ...extra,
  });
  return { manifest, mediaType: mediaTypes.ociManifest, digest: digestOf(manifest), blobs: [config, layer] };
}

/** Creates an index of images. */
export function indexOf(images: readonly TestImage[]): TestImage {
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: mediaTypes.ociIndex,
    manifests: images.map(({ manifest, mediaType }) => descriptorOf(Buffer.from(manifest), mediaType)),
  });
  return { manifest, mediaType: mediaTypes.ociIndex, digest: digestOf(manifest), blobs: [] };
}

export function descriptorOf(
  bytes: Buffer,
  mediaType: string,
): { mediaType: string; digest: Digest; size: number } {
  return { mediaType, digest: digestOf(bytes), size: bytes.length };
}

/** Uploads a layer in one piece. */
export async function pushBlob(client: RegistryClient, repository: string, blob: Buffer): Promise<Response> {
  const started = await client.fetch(`/v2/${repository}/blobs/uploads/`, { method: 'POST' });
  const session = started.headers.get('location');
  if (started.status !== 202 || session === null)
    throw new Error(`${started.status} ${await started.text()}`);
  return client.fetch(`${session}?digest=${digestOf(blob)}`, { method: 'PUT', body: new Uint8Array(blob) });
}

export async function putManifest(
  client: RegistryClient,
  repository: string,
  reference: string,
  { manifest, mediaType }: Pick<TestImage, 'manifest' | 'mediaType'>,
): Promise<Response> {
  return client.fetch(`/v2/${repository}/manifests/${reference}`, {
    method: 'PUT',
    headers: { 'content-type': mediaType },
    body: manifest,
  });
}

/** Pushes the layers, then the manifest. @throws Error if one of them is rejected */
export async function push(
  client: RegistryClient,
  repository: string,
  reference: string,
  image: TestImage,
): Promise<void> {
  for (const blob of image.blobs) await expectCreated(pushBlob(client, repository, blob));
  await expectCreated(putManifest(client, repository, reference, image));
}

async function expectCreated(response: Promise<Response>): Promise<void> {
  const { status, url } = await response;
  if (status !== 201) throw new Error(`${url}: ${status} ${await (await response).text()}`);
}
