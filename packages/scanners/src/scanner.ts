import type { ScannerName } from '@towpath/config';

/** How a scanner is started, and what its exit code means. */
export interface Scanner {
  /** The name of the product. */
  readonly title: string;
  /** Returns the arguments that scan an archive and print a report as JSON. */
  readonly args: (archive: string) => readonly string[];
  /** The exit codes of a complete scan. After any other exit code there is no report. */
  readonly complete: ReadonlySet<number>;
  /** The exit code of a complete scan with findings, if it has one of its own. */
  readonly found?: number;
  /** The scans of one step that run at the same time. */
  readonly parallel: number;
}

export const scanners: Readonly<Record<ScannerName, Scanner>> = {
  // 0: no findings, 1: findings, 2: failed, 3: nothing to scan (Snyk CLI, "Exit codes").
  snyk: {
    title: 'Snyk',
    args: (archive) => ['container', 'test', '--json', `oci-archive:${archive}`],
    complete: new Set([0, 1]),
    found: 1,
    parallel: 2,
  },
  // The arguments replace what a trivy.yaml says: exit codes for findings, and a file for the report. So every exit code
  // except 0 is a failure. One scan at a time: Trivy locks its cache (Trivy, "Troubleshooting": cache may be in use by
  // another process).
  trivy: {
    title: 'Trivy',
    args: (archive) => [
      ...['image', '--format', 'json', '--exit-code', '0', '--exit-on-eol', '0'],
      ...['--scanners', 'vuln', '--quiet', '--output='],
      ...['--input', archive],
    ],
    complete: new Set([0]),
    parallel: 1,
  },
  // 2: a finding is as severe as fail-on-severity of a .grype.yaml (grype, cmd/grype/cli: ErrAboveSeverityThreshold).
  grype: {
    title: 'Grype',
    // A .grype.yaml can hide the errors with quiet, and write the report to a file.
    args: (archive) => [`oci-archive:${archive}`, '--output', 'json', '--file=', '--quiet=false'],
    complete: new Set([0, 2]),
    found: 2,
    parallel: 2,
  },
};

/** Returns the product names of scanners: `Snyk and Trivy`. */
export function titles(names: readonly ScannerName[]): string {
  return names.map((name) => scanners[name].title).join(' and ');
}
