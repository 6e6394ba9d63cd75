/**
 * The limits of what Towpath reads from a registry or from an image layout. Others wrote that content, so each size,
 * count, depth and wait has a limit. They are listed here and nowhere else.
 */

const MiB = 2 ** 20;

/** Bytes of one manifest or index. Amazon ECR and OCI distribution 1.1 ("Pushing Manifests") take no larger ones. */
export const maxManifestBytes = 4 * MiB;

/** Manifests of one image, with its indexes and attestations. An index of all platforms of Go has about 50. */
export const maxManifests = 1_000;

/** Bytes of all manifests of one image. */
export const maxImageManifestBytes = 64 * MiB;

/** Manifests of all images that one step reads, and their bytes: 1,000 images with 20 manifests each have fewer. */
export const maxSetManifests = 20_000;
export const maxSetManifestBytes = 256 * MiB;

/** Indexes inside each other. BuildKit writes one level, `docker buildx imagetools create` two at most. */
export const maxIndexDepth = 4;

/** Layers of one manifest. Docker runs no image with more than 127 (moby, `maxLayerDepth`); artifacts have more. */
export const maxLayers = 1_000;

/** Bytes of one layer: 52,000 MiB (Amazon ECR service quotas, "Layer size"). */
export const maxBlobBytes = 52_000 * MiB;

/** Bytes of the config of an image. containerd reads no larger ones into memory (8 MiB). */
export const maxConfigBytes = 8 * MiB;

/** Bytes of a provenance statement. BuildKit's with `mode=max` has some hundred kB. */
export const maxStatementBytes = 16 * MiB;

/** Lists and maps inside each other, in any JSON. SBOMs, the deepest, have about 20. */
export const maxJsonDepth = 500;

/** Bytes of any statement that the builder has made. SBOMs of large images have some tens of MB. */
export const maxAttestationBytes = 256 * MiB;

/** Bytes of the answer of a token service. */
export const maxTokenBytes = MiB;

/** Tags of one repository: 100,000 images with 1,000 tags at most (Amazon ECR service quotas). */
export const maxTagPages = 10_000;
export const maxTags = 1_000_000;

/** Redirects of one request, one after the other. ECR redirects once, to Amazon S3. */
export const maxRedirects = 5;

/** Milliseconds to read all manifests of one image, retries included. */
export const manifestsTime = 30 * 60_000;

/** How long a peer may take. */
export interface Patience {
  /** Milliseconds for all requests of a step. The login of Amazon ECR is valid for 12 hours (ECR user guide). */
  readonly step: number;
  /** Milliseconds for one request, from the first byte of it to the last one of the answer. */
  readonly request: number;
  /** Milliseconds until an answer begins, and until a small one (a manifest, a token, tags, an error) is complete. */
  readonly answer: number;
  /** Milliseconds over which the rate of a blob is measured. */
  readonly window: number;
  /** Bytes per second that a blob needs at least, up or down: eight at a time on a line of 0.5 Mbit/s have more. */
  readonly rate: number;
}

const hour = 60 * 60_000;

export const patience: Patience = {
  step: 12 * hour,
  request: 6 * hour,
  answer: 120_000,
  window: 300_000,
  rate: 4 * 1024,
};
