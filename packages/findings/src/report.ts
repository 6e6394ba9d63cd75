import type { Digest } from '@towpath/reference';
import type { Finding } from './finding.ts';
import { InvalidReport } from './json.ts';

/** The formats of reports. `inspector` and `ecr` are the answers of the AWS CLI. */
export type ReportKind = 'trivy' | 'grype' | 'snyk' | 'sarif' | 'inspector' | 'ecr';

/** A report of a scanner. */
export interface Report {
  readonly kind: ReportKind;
  /** The name of the scanner, e.g. `Trivy`. */
  readonly tool: string;
  /** The version of the scanner, if the report has it. */
  readonly version?: string;
  /** What was scanned. Only a report of Amazon Inspector can have several subjects. */
  readonly subjects: readonly ReportSubject[];
  /** The findings of all subjects. */
  readonly findings: readonly Finding[];
  /** What a reader of the verdict must know about the report, each as a sentence. */
  readonly notices: readonly string[];
}

/** What a scanner has scanned. */
export interface ReportSubject extends ScannedImage {
  /** `other` is a file system, a repository or a project of a package manager. `unknown` if the report does not say so. */
  readonly type: 'image' | 'other' | 'unknown';
  /** The name that the scanner was given, e.g. `payroll/backend:1.4.0`. */
  readonly name?: string;
  readonly findings: readonly Finding[];
}

/** The ids by which a report names an image. Each list is empty if the report does not have the id. */
export interface ScannedImage {
  /** Digests of the manifest of the platform. */
  readonly manifests: readonly Digest[];
  /** Digests of the config, which Docker calls the image id. */
  readonly configs: readonly Digest[];
  /** Digests by which the image was pulled: of its index, or of its manifest. */
  readonly pulled: readonly Digest[];
  /** The digests of all uncompressed layers, the first layer first. */
  readonly diffIds: readonly Digest[];
  /** E.g. `linux/amd64`. An architecture alone has no operating system: `/amd64`. */
  readonly platform?: string;
}

/** A subject of which the report has no id. */
export const unidentified: ScannedImage = { manifests: [], configs: [], pulled: [], diffIds: [] };

/** The most findings in a report. */
export const maxFindings = 200_000;

/**
 * Returns the findings of all items of a report.
 *
 * @throws InvalidReport at the first finding over the limit
 */
export function collectFindings<T>(
  items: readonly T[],
  findingsOf: (item: T) => readonly Finding[],
): readonly Finding[] {
  const findings: Finding[] = [];
  for (const item of items) {
    findings.push(...findingsOf(item));
    if (findings.length > maxFindings) throw new InvalidReport(`has more than ${maxFindings} findings`);
  }
  return findings;
}
