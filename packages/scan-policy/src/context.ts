import type { Finding } from '@towpath/findings';
import type { Digest, Platform } from '@towpath/reference';

/** The facts that a judgement needs besides the findings and the policy. */
export interface JudgeContext {
  /** The time of the judgement. */
  readonly now: Date;
  /** The image of the findings. If undefined, no ignore with an `image` and no VEX statement about an image applies. */
  readonly image?: JudgedImage;
  /** If undefined, it is unknown whether a finding comes from the base image. */
  readonly layers?: ImageLayers;
  /** Why the layers of the base image are unknown, as a sentence without a full stop. */
  readonly layersUnknown?: string;
  /** The findings of the baseline environment. If undefined, all findings count as new. */
  readonly baseline?: Baseline;
  /** The findings that failed at an earlier reading. They do not fail again, whatever the policy says. */
  readonly failedBefore?: readonly KnownFinding[];
}

/** The identity of one image: of a manifest, and of the index that contains it. */
export interface JudgedImage {
  /** Its name in the configuration. */
  readonly name: string;
  /** The digests of the manifest, of the indexes that contain it, and of its configuration. */
  readonly digests: readonly Digest[];
  /** The repositories that contain it, with their host, e.g. `111122223333.dkr.ecr.us-east-1.amazonaws.com/payroll/web`. */
  readonly repositories?: readonly string[];
  readonly platform?: Platform;
}

/** The layers of an image and of its base image, the lowest first. */
export interface ImageLayers {
  readonly image: readonly Layer[];
  /**
   * The layers of the base image. If they are not the lowest layers of the image, the base image is unknown: the claim
   * is wrong. `scratch`: there is no base image.
   */
  readonly base: readonly Layer[] | 'scratch';
}

export interface Layer {
  readonly diffId: Digest;
  /** The digest of the compressed layer. */
  readonly digest?: Digest;
}

/** The parts of a finding that identify it in another image. */
export type KnownFinding = Pick<Finding, 'id' | 'aliases' | 'package'>;

/** The findings of the image that an environment runs, read at the same moment as those of the judged image. */
export interface Baseline {
  readonly findings: readonly KnownFinding[];
  /** All packages of the image, if an SBOM lists them. Without it, only packages with findings are known. */
  readonly packages?: readonly { readonly name: string; readonly version?: string }[];
}
