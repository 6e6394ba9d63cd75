import { CodedError } from '@towpath/errors';
import { digestOf, type Digest } from '@towpath/reference';
import * as z from 'zod';
import { annotationsSchema, descriptorSchema, mediaTypes, optional, type Descriptor } from './descriptor.ts';
import { ambiguousKey, parseJson } from './json.ts';
import { list } from './list.ts';
import { maxManifestBytes } from './limits.ts';

interface Common {
  /** The document as it is stored. The digest is of its bytes in UTF-8, so it is never serialised again. */
  readonly text: string;
  /** Bytes of the document. */
  readonly size: number;
  readonly digest: Digest;
  readonly mediaType: string;
  readonly annotations: Readonly<Record<string, string>>;
  /** What it says something about: it is a referrer of that (OCI image spec 1.1, `subject`). */
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

/** Without items it is null where a program in Go wrote it: BuildKit does so for an image without layers. */
const descriptors = list(descriptorSchema)
  .nullable()
  .transform((items) => items ?? []);

/** Each without what makes it the other: a document that is both would be read as one here and as the other there. */
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

/** What a manifest is made of (OCI image spec 1.1, manifest, index and descriptor). */
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

/** Whether a media type is of an index or of an image; undefined for all other types. */
export function kindOf(mediaType: string): Manifest['kind'] | undefined {
  return kinds.get(mediaType);
}

/**
 * Parses the bytes of an image manifest or an image index.
 *
 * @param mediaType as the registry or the descriptor says it; the manifest's own field counts when it has one
 * @throws CodedError `image-set-invalid` when the bytes are neither, `digest-mismatch` when the `data` of a descriptor is
 *   other content than its digest says
 */
export function parseManifest(bytes: Buffer, mediaType: string): Manifest {
  const digest = digestOf(bytes);
  if (bytes.length > maxManifestBytes)
    throw invalid(
      `Manifest ${digest} has ${bytes.length} bytes; registries take ${maxManifestBytes} at most.`,
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
  if ((kinds.get(type) ?? kind) !== kind) throw invalid(`Manifest ${digest} is no ${type}, as it says.`);
  return manifests === undefined
    ? { ...common, kind: 'image', config, layers }
    : { ...common, kind: 'index', manifests };
}

/** Programs read `data` instead of the content itself (OCI image spec 1.1, descriptor), so it must be that content. */
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

/** The config and the layers of an image that a registry holds. */
export function blobsOf(manifest: Manifest): readonly Descriptor[] {
  return manifest.kind === 'image' ? [manifest.config, ...manifest.layers.filter(isDistributable)] : [];
}

/** What an index is an index of; an image has no children. */
export function childrenOf(manifest: Manifest | undefined): readonly Descriptor[] {
  return manifest?.kind === 'index' ? manifest.manifests : [];
}

/** The layers that a registry need not hold: foreign ones, and those with addresses of their own. */
export function foreignLayers(manifest: Manifest): readonly Descriptor[] {
  const layers = manifest.kind === 'image' ? manifest.layers : [];
  return layers.filter((layer) => !isDistributable(layer) || (layer.urls ?? []).length > 0);
}

/** Windows base layers stay with Microsoft: registries hold their digest, not their bytes (OCI image spec 1.0, layer). */
function isDistributable({ mediaType }: Descriptor): boolean {
  return !/nondistributable|foreign/.test(mediaType);
}

/**
 * The children of an index that are images or indexes of images. A child whose descriptor says that it attests
 * something is left out: whoever judges or runs images also asks {@link isAttestation}, for a descriptor is a claim.
 */
export function imagesOf({ manifests }: ImageIndex): readonly Descriptor[] {
  return manifests.filter((child) => !seemsAttestation(child));
}

/**
 * Whether the descriptor of a child says that it is no image but what BuildKit says about one: its platform is
 * `unknown/unknown`, and an annotation says so (BuildKit docs, "Image attestation storage"). One of them alone does not
 * count: a runtime picks a child by its platform, whatever the annotations are.
 */
function seemsAttestation({ platform, annotations }: Descriptor): boolean {
  return (
    platform?.os === 'unknown' &&
    platform.architecture === 'unknown' &&
    annotations?.['vnd.docker.reference.type'] === 'attestation-manifest'
  );
}

/** Whether a child of an index attests something: its descriptor says so, and it holds nothing but statements. */
export function isAttestation(descriptor: Descriptor, manifest: Manifest): boolean {
  return (
    seemsAttestation(descriptor) &&
    manifest.kind === 'image' &&
    manifest.layers.length > 0 &&
    manifest.layers.every(({ mediaType }) => mediaType === 'application/vnd.in-toto+json')
  );
}

/** The types of configs that runtimes run (OCI image spec 1.1; Docker image manifest v2, schema 2). */
const imageConfigs: ReadonlySet<string> = new Set([
  'application/vnd.oci.image.config.v1+json',
  'application/vnd.docker.container.image.v1+json',
]);

/** Whether a manifest is an artifact, such as a chart or an SBOM, that no runtime runs. */
export function isArtifact(manifest: Manifest): boolean {
  return manifest.kind === 'image' && !imageConfigs.has(manifest.config.mediaType);
}

function invalid(message: string): CodedError {
  return new CodedError('image-set-invalid', message);
}
