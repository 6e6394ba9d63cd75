import type { Digest } from '@towpath/reference';
import type { ImageLayers, VexStatement } from '@towpath/scan-policy';
import type { ScanOutcome } from './scans.ts';
import type { PrivateRepository, SkippedManifest } from './subjects.ts';

/** The layers of a manifest, or why those of its base image are unknown. Plain data. */
export type BaseLayers = { readonly layers: ImageLayers } | { readonly why: string };

/** The layers by the digest of the manifest. */
export type LayersByDigest = Readonly<Record<string, BaseLayers>>;

/** An image and the scans of all its manifests that a runtime could run. Plain data. */
export interface ScannedImage {
  readonly name: string;
  /** Undefined if the image is only in an image set. */
  readonly location?: PrivateRepository;
  /** The digest of the image manifest or of the index. */
  readonly digest: Digest;
  /** When the last scan was read. The age of a scan is its age at this time. */
  readonly collectedAt: Date;
  readonly scans: readonly ScanOutcome[];
  /** The scans of the image that the baseline environment runs. Undefined if there is no such image. */
  readonly baseline?: readonly ScanOutcome[];
  /** The statements of attached OpenVEX documents. Undefined if they were not read. */
  readonly vex?: readonly VexStatement[];
  /** The layers of each manifest and those of its base image. Undefined if they were not read. */
  readonly layers?: LayersByDigest;
  /** The manifests that are not scanned, and the reasons. */
  readonly skipped: readonly SkippedManifest[];
  /** Reasons why the verdict is unknown whatever the scans say, as sentences without the image's name. */
  readonly doubts: readonly string[];
}
