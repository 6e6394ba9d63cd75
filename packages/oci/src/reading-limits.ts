import { CodedError, OutsideError } from '@towpath/errors';
import type { Digest } from '@towpath/reference';
import type { Descriptor } from './descriptor.ts';
import {
  manifestsTime,
  maxBlobBytes,
  maxImageManifestBytes,
  maxIndexDepth,
  maxLayers,
  maxManifestBytes,
  maxManifests,
  maxSetManifestBytes,
  maxSetManifests,
} from './limits.ts';
import { blobsOf, kindOf, type Manifest } from './manifest.ts';

/** A reference to a manifest. The size is only known for the children of an index. */
export type ManifestDescriptor = Pick<Descriptor, 'digest' | 'mediaType'> & Partial<Pick<Descriptor, 'size'>>;

/**
 * Counts the manifests of all images that a step reads, so that many small images are limited like a few
 * large ones.
 */
export class SetLimits {
  #manifests = 0;
  #bytes = 0;

  /**
   * Counts a manifest before it is read, and adds what is only known afterwards.
   *
   * @throws CodedError `image-unsupported`
   */
  add(image: string, manifests: number, bytes: number): void {
    this.#manifests += manifests;
    this.#bytes += bytes;
    const exceeded =
      this.#manifests > maxSetManifests
        ? `${maxSetManifests} manifests`
        : this.#bytes > maxSetManifestBytes
          ? `${maxSetManifestBytes} bytes of manifests`
          : undefined;
    if (exceeded !== undefined)
      throw new CodedError(
        'image-unsupported',
        `Image ${image} and the images before it have more than ${exceeded}, the limit of one step.`,
        { hint: 'Split the images over several steps, with the input only.' },
      );
  }
}

/** Counts the manifests and bytes read for one image, and stops at the limits. */
export class ReadingLimits {
  readonly #name: string;
  readonly #set: SetLimits;
  readonly #started = performance.now();
  readonly #types = new Map<Digest, string>();
  #bytes = 0;

  /**
   * @param name of the image, for messages
   * @param set of all images of the step
   */
  constructor(name: string, set: SetLimits) {
    this.#name = name;
    this.#set = set;
  }

  /** @throws CodedError `image-unsupported` */
  requireCount(manifests: number): void {
    if (manifests > maxManifests)
      throw this.#beyond(`has more than ${maxManifests} manifests`, 'List fewer manifests in its indexes.');
  }

  /** Checks the size before the manifest is read. @throws CodedError `image-unsupported` */
  requireSize({ digest, size = 0 }: ManifestDescriptor): void {
    if (size > maxManifestBytes)
      throw this.#beyond(
        `has manifest ${digest} of ${size} bytes; the limit is ${maxManifestBytes}`,
        rebuild,
      );
    if (performance.now() - this.#started > manifestsTime)
      throw this.#beyond(
        `took more than ${manifestsTime / 60_000} minutes to read its manifests`,
        'Run it again.',
      );
    this.#set.add(this.#name, 1, size);
  }

  /** @throws CodedError `image-unsupported`, or `image-set-invalid` if the descriptor does not match */
  require(manifest: Manifest, { digest, size, mediaType }: ManifestDescriptor, depth: number): void {
    const { kind } = manifest;
    if (size !== undefined && size !== manifest.size)
      throw this.#wrong(`Manifest ${digest} has ${manifest.size} bytes instead of ${size}`);
    if ((kindOf(mediaType) ?? kind) !== kind)
      throw this.#wrong(`Manifest ${digest} is not of type ${mediaType}`);
    if (kind === 'index' && depth > maxIndexDepth)
      throw this.#beyond(
        `has more than ${maxIndexDepth} indexes inside each other`,
        'Make an index that lists its images directly.',
      );
    if (size === undefined) this.#set.add(this.#name, 0, manifest.size);
    this.#bytes += manifest.size;
    if (this.#bytes > maxImageManifestBytes)
      throw this.#beyond(`has more than ${maxImageManifestBytes} bytes of manifests`, rebuild);
    this.requireLayers(manifest);
  }

  /** Adds the name of the image to an error about the content of a manifest. */
  named(error: unknown): unknown {
    if (!(error instanceof CodedError) || error instanceof OutsideError) return error;
    const { code, message, hint = rebuild } = error;
    return new CodedError(code, `Image ${this.#name}: ${message}`, { hint, cause: error });
  }

  /** Rejects a digest that is listed as both an image and an index. @throws CodedError `image-set-invalid` */
  requireOneType(children: readonly Descriptor[]): void {
    for (const { digest, mediaType } of children) {
      const known = this.#types.get(digest) ?? mediaType;
      if (known !== mediaType)
        throw this.#wrong(`Manifest ${digest} is listed as ${known} and as ${mediaType}`);
      this.#types.set(digest, mediaType);
    }
  }

  requireLayers(manifest: Manifest): void {
    const blobs = blobsOf(manifest);
    if (blobs.length > maxLayers + 1)
      throw this.#beyond(
        `has more than ${maxLayers} layers in manifest ${manifest.digest}`,
        'Join steps of the Dockerfile.',
      );
    const large = blobs.find(({ size }) => size > maxBlobBytes);
    if (large !== undefined)
      throw this.#beyond(
        `has layer ${large.digest} of ${large.size} bytes; Amazon ECR stores ${maxBlobBytes} at most`,
        'Split the layer.',
      );
  }

  #beyond(what: string, hint: string): CodedError {
    return new CodedError('image-unsupported', `Image ${this.#name} ${what}.`, { hint });
  }

  #wrong(what: string): CodedError {
    return new CodedError('image-set-invalid', `${what}, in image ${this.#name}.`, { hint: rebuild });
  }
}

const rebuild = 'Build the image again.';
