import type { Digest } from '@towpath/reference';
import { Readable } from 'node:stream';
import { mediaTypes } from '../registry/manifest.ts';
import { Refusal } from '../refusal.ts';

/** The address of an upstream registry, with credentials. */
export interface UpstreamAddress {
  /** The scheme, host and port. */
  readonly url: string;
  readonly authorization?: string;
}

/** A manifest of an upstream registry. */
export interface UpstreamManifest {
  readonly bytes: Buffer;
  readonly mediaType: string | undefined;
}

/**
 * Fetches a manifest. Returns undefined if the upstream does not have it.
 *
 * @throws Refusal UnableToGetUpstreamImageException
 */
export async function fetchManifest(
  address: UpstreamAddress,
  name: string,
  reference: string,
): Promise<UpstreamManifest | undefined> {
  const accept = Object.values(mediaTypes).join(', ');
  const response = await get(address, `/v2/${name}/manifests/${reference}`, { accept });
  if (response.status === 404) {
    await response.body?.cancel();
    return undefined;
  }
  if (!response.ok) throw unavailable(address, `${response.status}`);
  const mediaType = response.headers.get('content-type')?.split(';')[0];
  return { bytes: Buffer.from(await response.arrayBuffer()), mediaType };
}

/**
 * Streams a layer without checking its digest.
 *
 * @throws Refusal UnableToGetUpstreamImageException
 */
export async function fetchLayer(
  address: UpstreamAddress,
  name: string,
  digest: Digest,
): Promise<AsyncIterable<Buffer>> {
  const response = await get(address, `/v2/${name}/blobs/${digest}`, {});
  if (!response.ok || response.body === null) throw unavailable(address, `${response.status}`);
  return Readable.fromWeb(response.body) as AsyncIterable<Buffer>;
}

/** Checks that an upstream is available. @returns the error, or undefined */
export async function probe(address: UpstreamAddress): Promise<string | undefined> {
  try {
    const { status } = await get(address, '/v2/', {});
    return status === 200 ? undefined : `The upstream answered with ${status}.`;
  } catch (error) {
    if (error instanceof Refusal) return error.message;
    throw error;
  }
}

async function get(
  address: UpstreamAddress,
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<Response> {
  const { url, authorization } = address;
  try {
    return await fetch(new URL(path, url), {
      headers: { ...headers, ...(authorization !== undefined && { authorization }) },
    });
  } catch (error) {
    throw unavailable(address, (error as Error).message);
  }
}

function unavailable({ url }: UpstreamAddress, reason: string): Refusal {
  return new Refusal(
    'UnableToGetUpstreamImageException',
    `The upstream at ${url} could not be read: ${reason}`,
  );
}
