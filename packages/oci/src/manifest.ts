import { CodedError } from '@towpath/errors';
import { digestOf, type Digest } from '@towpath/reference';
import * as z from 'zod';
import { annotationsSchema, descriptorSchema, mediaTypes, optional, type Descriptor } from './descriptor.ts';
import { ambiguousKey, parseJson } from './json.ts';
import { list } from './list.ts';
import { maxManifestBytes } from './limits.ts';

interface Common {
  /** The document as stored. The digest covers its UTF-8 bytes, so it is never serialized again. */
  readonly text: string;
  /** Bytes of the document. */
  readonly size: number;
  readonly digest: Digest;
  readonly mediaType: string;
  readonly annotations: Readonly<Record<string, string>>;
  /** The manifest that it refers to (OCI image spec 1.1, `subject`). */
  readonly subject?: Descriptor;
  readonly artifactType?: string;
}

/** An image for one platform: a config and layers. */
export interface ImageManifest extends Common {
  readonly kind: 'image';
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

/** Several manifests under one digest, usually one for each platform. */
export interface ImageIndex extends Common {
  readonly kind: 'index';
  readonly manifests: readonly Descriptor[];
}

export type Manifest = ImageManifest | ImageIndex;

const document = z.object({
  mediaType: z.string().optional(),
  annotations: annotationsSchema,
  subject: optional(descriptorSchema),
  artifactType: optional(z.string()),
});

const absent = z.undefined().optional();

/** Programs in Go write null for an empty list: BuildKit does so for an image without layers. */
const descriptors = list(descriptorSchema)
  .nullable()
  .transform((items) => items ?? []);

/** Each form excludes the keys of the other. Otherwise programs could read the same document in different ways. */
const schema = z.union([
  document.extend({ manifests: descriptors, config: absent, layers: absent }),
  document.extend({ config: descriptorSchema, layers: descriptors, manifests: absent }),
]);

const kinds: ReadonlyMap<string, Manifest['kind']> = new Map([
  [mediaTypes.ociIndex, 'index'],
  [mediaTypes.dockerIndex, 'index'],
  [mediaTypes.ociManifest, 'image'],
  [mediaTypes.dockerManifest, 'image'],
]);

/** The keys of a manifest, an index and a descriptor (OCI image spec 1.1). */
const knownKeys = new Set([
  ...[
    'schemaVersion',
    'mediaType',
    'artifactType',
    'config',
    'layers',
    'manifests',
    'subject',
    'annotations',
  ],
  ...[
    'digest',
    'size',
    'urls',
    'data',
    'platform',
    'os',
    'architecture',
    'variant',
    'os.version',
    'os.features',
  ],
]);

/** Returns whether a media type is that of an index or of an image, or undefined for other types. */
export function kindOf(mediaType: string): Manifest['kind'] | undefined {
  return kinds.get(mediaType);
}

/**
 * Parses the bytes of an image manifest or an image index.
 *
 * @param mediaType from the registry or the descriptor; the manifest's own field takes precedence
 * @throws CodedError `image-set-invalid` if the bytes are neither, `digest-mismatch` if the `data` of a
 * descriptor does not match its digest
 */
export function parseManifest(bytes: Buffer, mediaType: string): Manifest {
  const digest = digestOf(bytes);
  if (bytes.length > maxManifestBytes)
    throw invalid(
      `Manifest ${digest} has ${bytes.length} bytes. Registries accept at most ${maxManifestBytes}.`,
    );
  const { success, data: content } = schema.safeParse(parseJson(bytes));
  if (!success) throw invalid(`Manifest ${digest} is neither an image nor an index of images.`);
  const ambiguous = ambiguousKey(bytes, knownKeys);
  if (ambiguous !== undefined)
    throw invalid(`Manifest ${digest} has the key ${JSON.stringify(ambiguous)} twice, or in another case.`);
  const { mediaType: type = mediaType, annotations = {}, subject, artifactType } = content;
  const { manifests, config, layers } = content;
  requireTrueData(digest, [manifests, layers, config, subject].flat());
  const text = bytes.toString('utf8');
  const common = { text, size: bytes.length, digest, mediaType: type, annotations, subject, artifactType };
  const kind = manifests === undefined ? 'image' : 'index';
  if ((kinds.get(type) ?? kind) !== kind) throw invalid(`Manifest ${digest} is not a valid ${type}.`);
  return manifests === undefined
    ? { ...common, kind: 'image', config, layers }
    : { ...common, kind: 'index', manifests };
}

/** Programs read `data` instead of the content itself (OCI image spec 1.1, descriptor), so both must be equal. */
function requireTrueData(manifest: Digest, descriptors: readonly (Descriptor | undefined)[]): void {
  for (const { data, digest, size } of descriptors.filter((one) => one !== undefined)) {
    if (data === undefined) continue;
    const bytes = Buffer.from(data, 'base64');
    if (bytes.length === size && digestOf(bytes) === digest) continue;
    throw new CodedError(
      'digest-mismatch',
      `Manifest ${manifest} has data for ${digest} that has another digest or size.`,
      { hint: 'Build the image again.' },
    );
  }
}

/** Returns the config and layers of an image that a registry stores. */
export function blobsOf(manifest: Manifest): readonly Descriptor[] {
  return manifest.kind === 'image' ? [manifest.config, ...manifest.layers.filter(isDistributable)] : [];
}

/** Returns the children of an index. An image has none. */
export function childrenOf(manifest: Manifest | undefined): readonly Descriptor[] {
  return manifest?.kind === 'index' ? manifest.manifests : [];
}

/** Returns the layers that a registry need not store: foreign layers, and those with their own URLs. */
export function foreignLayers(manifest: Manifest): readonly Descriptor[] {
  const layers = manifest.kind === 'image' ? manifest.layers : [];
  return layers.filter((layer) => !isDistributable(layer) || (layer.urls ?? []).length > 0);
}

/** Microsoft hosts the Windows base layers. Registries store only their digests (OCI image spec 1.0, layer). */
function isDistributable({ mediaType }: Descriptor): boolean {
  return !/nondistributable|foreign/.test(mediaType);
}

/**
 * Returns the children of an index that are images or indexes, without those whose descriptor claims to be an
 * attestation. A descriptor can be wrong, so code that checks or runs images also calls {@link
 * isAttestation}.
 */
export function imagesOf({ manifests }: ImageIndex): readonly Descriptor[] {
  return manifests.filter((child) => !seemsAttestation(child));
}

/**
 * Returns whether a child's descriptor claims to be a BuildKit attestation. Its platform must be
 * `unknown/unknown` and it must have the annotation (BuildKit docs, "Image attestation storage"). Both are
 * required, because a runtime selects a child by platform, whatever its annotations are.
 */
function seemsAttestation({ platform, annotations }: Descriptor): boolean {
  return (
    platform?.os === 'unknown' &&
    platform.architecture === 'unknown' &&
    annotations?.['vnd.docker.reference.type'] === 'attestation-manifest'
  );
}

/**
 * Returns whether a child of an index is an attestation: its descriptor claims so, and it contains only
 * statements.
 */
export function isAttestation(descriptor: Descriptor, manifest: Manifest): boolean {
  return (
    seemsAttestation(descriptor) &&
    manifest.kind === 'image' &&
    manifest.layers.length > 0 &&
    manifest.layers.every(({ mediaType }) => mediaType === 'application/vnd.in-toto+json')
  );
}

/** The config types that runtimes can run (OCI image spec 1.1; Docker image manifest v2, schema 2). */
const imageConfigs: ReadonlySet<string> = new Set([
  'application/vnd.oci.image.config.v1+json',
  'application/vnd.docker.container.image.v1+json',
]);

/** Returns whether a manifest is an artifact, such as a chart or an SBOM, that no runtime can run. */
export function isArtifact(manifest: Manifest): boolean {
  return manifest.kind === 'image' && !imageConfigs.has(manifest.config.mediaType);
}

function invalid(message: string): CodedError {
  return new CodedError('image-set-invalid', message);
}
