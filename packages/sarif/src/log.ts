/** The program that reports the results. */
export interface SarifTool {
  readonly name: string;
  /** The page about the program. */
  readonly uri: string;
  readonly version?: string;
}

/** How GitHub shows a result. A failed check needs an `error`. */
export type SarifLevel = 'error' | 'warning' | 'note';

/** A kind of result, e.g. a CVE or a rule of a linter. */
export interface SarifRule {
  readonly id: string;
  /** One line. GitHub shows it as the title of the alert. */
  readonly summary: string;
  readonly description?: string;
  /** The text that GitHub shows below the alert. */
  readonly help: { readonly text: string; readonly markdown: string };
  /** The page about the rule. */
  readonly uri?: string;
  readonly tags?: readonly string[];
  /** From 0.1 to 10.0. Only rules about security have one. GitHub derives the severity of the alert from it. */
  readonly securitySeverity?: number;
}

/** A position in a file of the repository. */
export interface SarifLocation {
  /** The path relative to the root of the repository, with slashes. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column?: number;
}

export interface SarifResult {
  /** The id of its rule. */
  readonly rule: string;
  readonly level: SarifLevel;
  /** Plain text. GitHub shows the first sentence in lists. */
  readonly message: string;
  readonly location: SarifLocation;
  /**
   * The parts that identify the result in its run together with the rule. GitHub keeps an alert open as long as a
   * result has the same parts, so they contain no line and no version.
   */
  readonly identity: readonly string[];
  /** Why the result is not a problem. */
  readonly suppression?: string;
}

/** The results for one subject, the worst first. */
export interface SarifRun {
  /** The category: different for each run with the same tool, and equal the next time. */
  readonly category: string;
  readonly rules: readonly SarifRule[];
  readonly results: readonly SarifResult[];
  /** The number of results with those that were left out before. Default: the number of `results`. */
  readonly total?: number;
}

/** The content of a SARIF file. */
export interface SarifFile {
  /** The text of the file. It is in parts because a run of 5,000 results has several MB. */
  readonly parts: readonly string[];
  /** The results and runs that were left out because of GitHub's limits, as sentences. */
  readonly omissions: readonly string[];
}
