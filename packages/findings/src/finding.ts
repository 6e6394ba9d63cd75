import type { Digest } from '@towpath/reference';
import type { Severity } from './severity.ts';

/** A vulnerability in one package of an image, as one scanner reports it. */
export interface Finding {
  /** The CVE if the finding has one, otherwise the scanner's own id, e.g. `GHSA-…` or `SNYK-…`. */
  readonly id: string;
  /** All other ids of the same vulnerability. */
  readonly aliases: readonly string[];
  /** Undefined if the scanner does not name one. */
  readonly package?: VulnerablePackage;
  readonly fix: Fix;
  readonly severity: Severity;
  /** The scanner's own word, if `severity` is `unknown`. */
  readonly rating?: string;
  /** Who rated `severity`, e.g. `nvd` or `ghsa`, if the source says so. */
  readonly severitySource?: string;
  /** One entry for each vector or score of the source. */
  readonly cvss: readonly CvssScore[];
  /** Undefined if the source has none. */
  readonly epss?: Epss;
  /** Whether the CISA catalog of known exploited vulnerabilities lists it. Undefined if the source does not say so. */
  readonly isExploited?: boolean;
  /** Whether an exploit is public. Undefined if the source does not say so. */
  readonly hasExploit?: boolean;
  /** When the source first saw it in this image, as ISO 8601. */
  readonly firstSeen?: string;
  /** When the vulnerability was published, as ISO 8601. */
  readonly published?: string;
  /** When a fix became available, as ISO 8601. */
  readonly fixAvailableSince?: string;
  readonly title?: string;
  readonly uri?: string;
  readonly source: FindingSource;
}

/** The scanner that reports a finding. */
export type FindingSource = 'ecr-basic' | 'ecr-enhanced' | 'inspector' | 'trivy' | 'grype' | 'snyk' | 'sarif';

export interface VulnerablePackage {
  readonly name: string;
  readonly version?: string;
  /** The type of a package URL, e.g. `deb`, `apk`, `npm`, `golang`. */
  readonly type?: string;
  /** The path of the file in the image that contains the package. */
  readonly path?: string;
  /** The digest of the layer that contains it: of the compressed layer or its diff ID, as the scanner reports it. */
  readonly layer?: Digest;
}

/** Whether an upgrade of the package removes the vulnerability. */
export interface Fix {
  /**
   * - `fixed`: one of `versions` removes it.
   * - `partial`: a fix exists for some of the affected packages or branches only.
   * - `none`: the vendor has no fix yet.
   * - `wont-fix`: the vendor will not fix it.
   * - `unknown`: the source does not say so.
   */
  readonly state: 'fixed' | 'partial' | 'none' | 'wont-fix' | 'unknown';
  /** The versions that remove it, in the order of the source. */
  readonly versions: readonly string[];
}

/** A CVSS rating. */
export interface CvssScore {
  readonly version: '2.0' | '3.0' | '3.1' | '4.0';
  /** Undefined if the source has only a score. */
  readonly vector?: string;
  /** The base score from 0 to 10. It is computed from the vector if there is one. */
  readonly score: number;
  /** Who rated it, e.g. `nvd`, `redhat`, `SNYK`. */
  readonly source?: string;
}

/** The probability that the vulnerability is exploited within 30 days (FIRST, EPSS). */
export interface Epss {
  /** 0 to 1. */
  readonly score: number;
  /** 0 to 1. */
  readonly percentile?: number;
}
