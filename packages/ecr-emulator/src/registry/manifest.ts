import { digestOf, isDigest, type Digest } from '@towpath/reference';
import { invalidParameter } from './exceptions.ts';

export const mediaTypes = {
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerList: 'application/vnd.docker.distribution.manifest.list.v2+json',
  ociManifest: 'application/vnd.oci.image.manifest.v1+json',
  ociIndex: 'application/vnd.oci.image.index.v1+json',
} as const;

/** The descriptor of a blob in a manifest. */
export interface BlobDescriptor {
  readonly digest: Digest;
  readonly size: number;
}

/** The parsed content of a manifest. The bytes themselves are stored unchanged. */
export interface Manifest {
  readonly mediaType: string;
  readonly digest: Digest;
  /** The size of the manifest in bytes. */
  readonly size: number;
  /** The artifact type of the manifest, or else the media type of its configuration (OCI image spec 1.1, manifest). */
  readonly artifactType?: string;
  readonly subject?: Digest;
  readonly annotations?: Readonly<Record<string, string>>;
  /** The configuration and the layers that a registry must store. Empty for an index. */
  readonly blobs: readonly BlobDescriptor[];
  /** The manifests of an index. */
  readonly children: readonly Digest[];
}

/** Layers that registries do not store. Old clients download them from other addresses. */
const foreignLayer =
  /^application\/vnd\.(?:oci\.image\.layer\.nondistributable|docker\.image\.rootfs\.foreign)/;

type Members = Readonly<Record<string, unknown>>;

/**
 * Parses a manifest.
 *
 * @param mediaType the media type of the request. Without one, the manifest must contain it.
 * @throws Refusal for a manifest that ECR rejects
 */
export function parseManifest(bytes: Buffer, mediaType: string | undefined): Manifest {
  const members = parseMembers(bytes);
  const declared = stringAt(members, 'mediaType');
  const type = mediaType ?? declared;
  if (type === undefined || (declared !== undefined && declared !== type) || members.schemaVersion !== 2) {
    throw invalidManifest();
  }

  const common = {
    mediaType: type,
    digest: digestOf(bytes),
    size: bytes.length,
    ...optional('subject', subjectOf(members)),
    ...optional('annotations', annotationsOf(members)),
  };
  switch (type) {
    case mediaTypes.dockerManifest:
    case mediaTypes.ociManifest: {
      const config = descriptorAt(members, 'config');
      const layers = listAt(members, 'layers').map(descriptorOf);
      const stored = layers.filter((layer) => !foreignLayer.test(layer.mediaType));
      return {
        ...common,
        artifactType: stringAt(members, 'artifactType') ?? config.mediaType,
        blobs: [config, ...stored].map(({ digest, size }) => ({ digest, size })),
        children: [],
      };
    }
    case mediaTypes.dockerList:
    case mediaTypes.ociIndex:
      return {
        ...common,
        ...optional('artifactType', stringAt(members, 'artifactType')),
        blobs: [],
        children: listAt(members, 'manifests').map((child) => descriptorOf(child).digest),
      };
    default:
      throw invalidManifest();
  }
}

export function isIndex({ mediaType }: { readonly mediaType: string }): boolean {
  return mediaType === mediaTypes.ociIndex || mediaType === mediaTypes.dockerList;
}

/** Returns ECR's message for every invalid manifest (containers/image#584, chainguard-dev/apko#450). */
function invalidManifest(): Error {
  return invalidParameter('ImageManifest', 'Invalid JSON syntax');
}

function parseMembers(bytes: Buffer): Members {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch {
    throw invalidManifest();
  }
  return membersOf(value);
}

function membersOf(value: unknown): Members {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalidManifest();
  return value as Members;
}

function stringAt(members: Members, name: string): string | undefined {
  const value = members[name];
  if (value !== undefined && typeof value !== 'string') throw invalidManifest();
  return value;
}

function listAt(members: Members, name: string): readonly unknown[] {
  const value = members[name];
  if (!Array.isArray(value)) throw invalidManifest();
  return value;
}

function descriptorAt(members: Members, name: string): BlobDescriptor & { mediaType: string } {
  return descriptorOf(members[name]);
}

function descriptorOf(value: unknown): BlobDescriptor & { mediaType: string } {
  const { mediaType, digest, size } = membersOf(value);
  if (typeof mediaType !== 'string' || typeof digest !== 'string' || !isDigest(digest))
    throw invalidManifest();
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) throw invalidManifest();
  return { mediaType, digest, size };
}

function subjectOf(members: Members): Digest | undefined {
  return members.subject === undefined ? undefined : descriptorAt(members, 'subject').digest;
}

function annotationsOf(members: Members): Readonly<Record<string, string>> | undefined {
  if (members.annotations === undefined) return undefined;
  const annotations = Object.entries(membersOf(members.annotations));
  return Object.fromEntries(
    annotations.map(([key, value]) => {
      if (typeof value !== 'string') throw invalidManifest();
      return [key, value];
    }),
  );
}

/** Returns an object with a member, or an empty one for undefined, as `exactOptionalPropertyTypes` requires. */
function optional<K extends string, V>(key: K, value: V | undefined): Partial<Record<K, V>> {
  return (value === undefined ? {} : { [key]: value }) as Partial<Record<K, V>>;
}
