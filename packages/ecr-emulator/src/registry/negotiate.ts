import { mediaTypes } from './manifest.ts';

/** A manifest in the format of a response. */
export interface Served {
  readonly mediaType: string;
  readonly bytes: Buffer;
}

/** The corresponding media types of both formats. ECR converts no others (ECR User Guide, "Image manifest conversion"). */
const pairs: readonly (readonly [docker: string, oci: string])[] = [
  [mediaTypes.dockerManifest, mediaTypes.ociManifest],
  ['application/vnd.docker.container.image.v1+json', 'application/vnd.oci.image.config.v1+json'],
  ['application/vnd.docker.image.rootfs.diff.tar', 'application/vnd.oci.image.layer.v1.tar'],
  ['application/vnd.docker.image.rootfs.diff.tar.gzip', 'application/vnd.oci.image.layer.v1.tar+gzip'],
];

/**
 * Returns a manifest in an accepted format, or undefined if it cannot be converted. A manifest requested by digest is
 * never converted, because that would change the digest.
 *
 * @param accepted media types, with or without parameters. Empty for any.
 */
export function negotiate(
  stored: Served,
  accepted: readonly string[],
  byDigest: boolean,
): Served | undefined {
  const types = accepted.map((type) => type.split(';')[0]?.trim() ?? '').filter((type) => type !== '');
  const accepts = (type: string): boolean =>
    types.length === 0 || types.some((one) => one === type || one === '*/*' || one === 'application/*');
  if (byDigest || accepts(stored.mediaType)) return stored;
  const counterpart = counterpartOf(stored.mediaType);
  if (counterpart === undefined || !accepts(counterpart)) return undefined;
  return convert(stored, counterpart);
}

function counterpartOf(type: string): string | undefined {
  const pair = pairs.find((one) => one.includes(type));
  return pair?.find((one) => one !== type);
}

interface Descriptor {
  readonly mediaType: string;
}

function convert({ bytes }: Served, mediaType: string): Served | undefined {
  const manifest = JSON.parse(bytes.toString('utf8')) as { config: Descriptor; layers: Descriptor[] };
  const config = rename(manifest.config);
  const layers = manifest.layers.map(rename);
  if (config === undefined || !layers.every((layer) => layer !== undefined)) return undefined;
  const converted = { schemaVersion: 2, mediaType, ...without(manifest), config, layers };
  return { mediaType, bytes: Buffer.from(JSON.stringify(converted)) };
}

function without<T extends object>(manifest: T): Partial<T> {
  return Object.fromEntries(
    Object.entries(manifest).filter(([key]) => !['schemaVersion', 'mediaType'].includes(key)),
  ) as Partial<T>;
}

function rename<T extends Descriptor>(descriptor: T): T | undefined {
  const mediaType = counterpartOf(descriptor.mediaType);
  return mediaType === undefined ? undefined : { ...descriptor, mediaType };
}
