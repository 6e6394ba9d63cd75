import { CodedError } from '@towpath/errors';
import { digestOf, isDigest, type Digest } from '@towpath/reference';
import type { Descriptor } from './descriptor.ts';

interface Common {
  /** As they are stored: the digest is theirs, so they are never written anew. */
  readonly bytes: Buffer;
  readonly digest: Digest;
  readonly mediaType: string;
  readonly annotations: Readonly<Record<string, string>>;
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

/** What a manifest may hold, before anything of it is believed. */
interface Unchecked {
  readonly mediaType?: unknown;
  readonly config?: unknown;
  readonly layers?: unknown;
  readonly manifests?: unknown;
  readonly annotations?: Readonly<Record<string, string>>;
}

/**
 * Parses the bytes of an image manifest or an image index.
 *
 * @param mediaType as the registry or the descriptor says it; the manifest's own field counts when it has one
 * @throws CodedError `image-set-invalid` when the bytes are neither
 */
export function parseManifest(bytes: Buffer, mediaType: string): Manifest {
  const content = parseJson(bytes);
  const type = typeof content.mediaType === 'string' ? content.mediaType : mediaType;
  const common = { bytes, digest: digestOf(bytes), mediaType: type, annotations: content.annotations ?? {} };
  if (isDescriptorList(content.manifests)) return { ...common, kind: 'index', manifests: content.manifests };
  if (isDescriptor(content.config) && isDescriptorList(content.layers)) {
    return { ...common, kind: 'image', config: content.config, layers: content.layers };
  }
  throw invalid(`Manifest ${common.digest} is neither an image nor an index of images.`);
}

/**
 * Whether a child of an index is no image but what BuildKit says about one: its platform is `unknown/unknown` and
 * an annotation names what it refers to (BuildKit docs, "Image attestation storage").
 */
export function isAttestation({ platform, annotations }: Descriptor): boolean {
  return platform?.os === 'unknown' || annotations?.['vnd.docker.reference.type'] === 'attestation-manifest';
}

function parseJson(bytes: Buffer): Unchecked {
  try {
    const content: unknown = JSON.parse(bytes.toString('utf8'));
    if (typeof content === 'object' && content !== null) return content;
  } catch (cause) {
    throw invalid(`Manifest ${digestOf(bytes)} is no JSON.`, cause);
  }
  throw invalid(`Manifest ${digestOf(bytes)} is no JSON object.`);
}

function isDescriptorList(value: unknown): value is Descriptor[] {
  return Array.isArray(value) && value.every(isDescriptor);
}

function isDescriptor(value: unknown): value is Descriptor {
  if (typeof value !== 'object' || value === null) return false;
  const { mediaType, digest, size } = value as Partial<Record<string, unknown>>;
  return (
    typeof mediaType === 'string' &&
    typeof digest === 'string' &&
    isDigest(digest) &&
    Number.isSafeInteger(size)
  );
}

function invalid(message: string, cause?: unknown): CodedError {
  return new CodedError('image-set-invalid', message, { cause });
}
