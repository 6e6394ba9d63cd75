/**
 * All limits for what Towpath reads from a registry or an image layout. That content is untrusted, so each
 * size, count, depth and wait has a limit. This is the only file with such limits.
 */

const MiB = 2 ** 20;

/**
 * Bytes of one manifest or index. Amazon ECR and OCI distribution 1.1 ("Pushing Manifests") accept no larger
 * ones.
 */
export const maxManifestBytes = 4 * MiB;

/**
 * Manifests of one image, including its indexes and attestations. An index of all of Go's platforms has about
 * 50.
 */
export const maxManifests = 1_000;

/** Bytes of all manifests of one image. */
export const maxImageManifestBytes = 64 * MiB;

/** Manifests of all images in one step. 1,000 images with 20 manifests each reach this limit. */
export const maxSetManifests = 20_000;
export const maxSetManifestBytes = 256 * MiB;

/** Nested indexes. BuildKit writes one level, `docker buildx imagetools create` at most two. */
export const maxIndexDepth = 4;

/**
 * Signatures, SBOMs and other attachments of one image with all its platforms. Amazon ECR allows 100 referrers of a
 * manifest.
 */
export const maxAttachments = 1_000;

/** Attachments of attachments: a signature of an SBOM is the second level. */
export const maxAttachmentDepth = 4;

/** Bytes of the blobs of all attachments of one image. SBOMs of large images have tens of MB. */
export const maxAttachmentBytes = 4_096 * MiB;

/** Layers of one manifest. Docker runs images with at most 127 (moby, `maxLayerDepth`); artifacts have more. */
export const maxLayers = 1_000;

/** Bytes of one layer: 52,000 MiB (Amazon ECR service quotas, "Layer size"). */
export const maxBlobBytes = 52_000 * MiB;

/** Bytes of an image config. containerd reads at most 8 MiB into memory. */
export const maxConfigBytes = 8 * MiB;

/** Bytes of a provenance statement. BuildKit's statements with `mode=max` have a few hundred kB. */
export const maxStatementBytes = 16 * MiB;

/** Nested lists and maps in any JSON. SBOMs are the deepest, with about 20 levels. */
export const maxJsonDepth = 500;

/** Bytes of any statement from the builder. SBOMs of large images have tens of MB. */
export const maxAttestationBytes = 256 * MiB;

/** Bytes of a token service's response. */
export const maxTokenBytes = MiB;

/** Tags of one repository: 100,000 images with 1,000 tags at most (Amazon ECR service quotas). */
export const maxTagPages = 10_000;
export const maxTags = 1_000_000;

/** Consecutive redirects of one request. ECR redirects once, to Amazon S3. */
export const maxRedirects = 5;

/** Milliseconds to read all manifests of one image, including retries. */
export const manifestsTime = 30 * 60_000;

/** Time limits for the other side of a connection. */
export interface Patience {
  /** Milliseconds for all requests of a step. The login of Amazon ECR is valid for 12 hours (ECR user guide). */
  readonly step: number;
  /** Milliseconds for one request, from its first byte to the last byte of the response. */
  readonly request: number;
  /**
   * Milliseconds until a response begins, and until a small one (a manifest, a token, tags, an error) is
   * complete.
   */
  readonly answer: number;
  /** Milliseconds over which the rate of a blob is measured. */
  readonly window: number;
  /**
   * The minimum bytes per second of a blob, up or down. Eight concurrent blobs exceed it on a line of 0.5
   * Mbit/s.
   */
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
