import type { FilePosition } from '@towpath/errors';
import type { NamedSeverity } from '@towpath/findings';
import type { PackagePattern } from './package-url.ts';
import type { VexStatement } from './vex.ts';

/** The rules for the findings of an image. A finding that breaks one of them fails the gate. */
export interface GateRules {
  /** The lowest severity that fails. `none`: the severity alone fails no finding. */
  readonly failOn: NamedSeverity | 'none';
  /** The maximum number of findings by severity. */
  readonly max?: BySeverity;
  /** Whether only findings with a fix can fail. Default: false. */
  readonly onlyFixable?: boolean;
  /** How `onlyFixable` treats findings whose source does not say whether a fix exists. Default: `fixable`. */
  readonly unknownFix?: 'fixable' | 'unfixable';
  /** The lowest CVSS base score that fails, from 0 to 10. */
  readonly cvss?: number;
  /** The lowest EPSS score that fails, from 0 to 1. */
  readonly epss?: number;
  /** Whether findings in the CISA catalog of known exploited vulnerabilities fail. Default: false. */
  readonly kev?: boolean;
  /** Whether a finding fails if `epss` or `kev` is set and its source does not say. Default: `fail`. */
  readonly unknownExploitability?: 'fail' | 'allow';
  /** By severity, the days in which a finding does not fail yet. */
  readonly grace?: BySeverity;
  /** The start of `grace`. Default: `first-seen`. */
  readonly graceSince?: GraceStart;
}

export type BySeverity = Readonly<Partial<Record<NamedSeverity, number>>>;

export const graceStarts = ['first-seen', 'fix-available', 'published'] as const;

export type GraceStart = (typeof graceStarts)[number];

/** The policy of a gate. It is plain data: it passes through JSON unchanged. */
export interface GatePolicy extends GateRules {
  /** The rules for findings in layers of the base image, if they differ. */
  readonly base?: Partial<GateRules>;
  /** The environment whose findings do not fail, because its images have them already. */
  readonly baseline?: string;
  readonly ignores?: readonly Ignore[];
  /** Whether expired and unused ignores fail the gate. Default: `warn`. */
  readonly staleIgnores?: 'warn' | 'fail';
  /** The OpenVEX documents of the configuration, relative to the workspace. */
  readonly vexFiles?: readonly string[];
  /** The statements of all OpenVEX documents that apply. */
  readonly vex?: readonly VexStatement[];
  /** Whether OpenVEX documents that are attached to an image apply. Default: false. */
  readonly attachedVex?: boolean;
  /** What the gate does if ECR cannot scan an image. Default: `fail`. */
  readonly onUnsupported?: 'fail' | 'warn' | 'report';
  /** The age up to which a scan counts, in milliseconds. Default: any age. */
  readonly maxAge?: number;
}

/** The policy without a configuration. */
export const defaultPolicy: GatePolicy = { failOn: 'critical' };

/**
 * A decision to accept findings for some time. A finding must match `id`, `package`, `path` and `image`, as far as they
 * are set. At least one of `id`, `package` and `path` is set.
 *
 * The ignore files of scanners can be converted to this form:
 * - `.trivyignore`: each line becomes an `id`, and `exp:` becomes `expires`.
 * - `.trivyignore.yaml`: an entry with several `paths` or `purls` becomes one ignore for each. `statement` becomes
 *   `reason`, and `expired_at` becomes `expires`.
 * - `.grype.yaml`: `vulnerability`, `package.name`, `package.version`, `package.type` and `package.location` become
 *   `id`, `package` and `path`. `fix-state` has no equivalent for one ignore: it becomes `only-fixable` of the policy.
 * - `.snyk`: each id and path becomes an ignore. The path of a dependency (`a > b@1.0`) becomes the `package` at its
 *   end.
 *
 * These files have no owner, and often neither a reason nor an end. A converter must ask for them.
 */
export interface Ignore {
  /** The id or an alias of the vulnerability. The case does not matter. */
  readonly id?: string;
  readonly package?: PackagePattern;
  /** A file or a folder in the image. `*` matches any characters. */
  readonly path?: string;
  /** The name of an image of the configuration. */
  readonly image?: string;
  /** The highest severity that is accepted. A finding with a worse severity is not ignored. */
  readonly severity?: NamedSeverity;
  /** Whether the ignore ends when a fix exists. Default: `end`. */
  readonly whenFixed?: 'end' | 'keep';
  readonly reason: string;
  readonly owner: string;
  /** The last day of the ignore in UTC, as ISO 8601. */
  readonly expires: string;
  /** The line of the ignore, for messages. */
  readonly position?: FilePosition;
}
