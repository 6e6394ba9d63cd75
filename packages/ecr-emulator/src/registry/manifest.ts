import { digestOf, isDigest, type Digest } from '@towpath/reference';
import { invalidParameter } from './exceptions.ts';

export const mediaTypes = {
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerList: 'application/vnd.docker.distribution.manifest.list.v2+json',
  ociManifest: 'application/vnd.oci.image.manifest.v1+json',
  ociIndex: 'application/vnd.oci.image.index.v1+json',
} as const;

/** A blob as a manifest describes it. */
export interface BlobDescriptor {
  readonly digest: Digest;
  readonly size: number;
}

/** What ECR needs to know about a manifest. The bytes themselves are never written again. */
export interface Manifest {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Of the manifest itself, in bytes. */
  readonly size: number;
  /** The type of the artifact: of the manifest, or else of its configuration (OCI image spec 1.1, manifest). */
  readonly artifactType?: string;
  readonly subject?: Digest;
  readonly annotations?: Readonly<Record<string, string>>;
  /** The configuration and the layers that a registry must hold; none for an index. */
  readonly blobs: readonly BlobDescriptor[];
  /** The manifests of an index. */
  readonly children: readonly Digest[];
}

/** Sent to an old client, such a layer is fetched from elsewhere: no registry holds it. */
const foreignLayer =
  /^application\/vnd\.(?:oci\.image\.layer\.nondistributable|docker\.image\.rootfs\.foreign)/;

type Members = Readonly<Record<string, unknown>>;

/**
 * @param mediaType as the request says it; without one, the manifest must say it itself
 * @throws Refusal for what ECR does not take for a manifest
 */
export function parseManifest(bytes: Buffer, mediaType: string | undefined): Manifest {
  const members = parseMembers(bytes);
  const own = stringAt(members, 'mediaType');
  const type = mediaType ?? own;
  if (type === undefined || (own !== undefined && own !== type) || members.schemaVersion !== 2) {
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
      const held = layers.filter((layer) => !foreignLayer.test(layer.mediaType));
      return {
        ...common,
        artifactType: stringAt(members, 'artifactType') ?? config.mediaType,
        blobs: [config, ...held].map(({ digest, size }) => ({ digest, size })),
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

/** The same words for everything that is wrong with a manifest (containers/image#584, chainguard-dev/apko#450). */
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

/** A member only where there is a value: `exactOptionalPropertyTypes` tells absent from undefined. */
function optional<K extends string, V>(key: K, value: V | undefined): Partial<Record<K, V>> {
  return (value === undefined ? {} : { [key]: value }) as Partial<Record<K, V>>;
}
