import { forAll } from '@towpath/concurrency';
import { CodedError, type Problem } from '@towpath/errors';
import type { Finding, ImageIdentity, Report, ReportMatch } from '@towpath/findings';
import type { Manifest } from '@towpath/oci';
import type { Digest, Platform, RepositoryRef } from '@towpath/reference';
import { requirePrivate } from './collect.ts';
import type { ScannedImage } from './scanned-image.ts';
import type { ScanOutcome } from './scans.ts';
import { type Subject, readSubjects, type FindManifests } from './subjects.ts';

/** A report of a scanner, from a file. */
export interface ReportFile {
  /** The path, for messages. */
  readonly file: string;
  readonly report: Report;
  /** The manifest that was scanned, if this step ran the scanner. Default: the report says which one. */
  readonly scanned?: Digest;
}

/** An image whose findings are in reports. */
export interface ReportedImage {
  readonly name: string;
  /** Undefined if the image is only in an image set. */
  readonly location?: RepositoryRef;
  readonly root: Manifest;
  /** The platforms that the image must have. Empty: any platforms. */
  readonly platforms: readonly Platform[];
  /** Reads the manifests of its platforms, from the image set or its repository. */
  readonly find: FindManifests;
}

/** The images with the findings of the reports. */
export interface CollectedReports {
  readonly images: readonly ScannedImage[];
  /** What a reader of the verdict must know, as sentences. */
  readonly notices: readonly string[];
}

/**
 * Assigns the findings of reports to images, instead of ECR's scans. Reports of several scanners about one image add up.
 * An image that no report is about is returned too, and is judged as unknown.
 *
 * @throws CodedError `report-invalid` for each report that is about another image, or that names none although there are
 * several manifests
 */
export async function collectReports(
  images: readonly ReportedImage[],
  reports: readonly ReportFile[],
  now: Date,
): Promise<CollectedReports> {
  const found = await forAll(images, async ({ name, location, root, platforms, find }) => {
    const own = location === undefined ? {} : { location: requirePrivate(location) };
    const { subjects, skipped, doubts } = await readSubjects(platforms, root, find);
    const common = { image: name, mode: 'unknown' as const, ...own };
    return {
      image: { name, ...own, digest: root.digest, skipped, doubts, collectedAt: now },
      subjects: subjects.map((one): Subject => ({ ...one, ...common })),
    };
  });
  const all = found.flatMap(({ subjects }) => subjects);
  // Only runs with reports load the parsers of all scanners.
  const { matchReport } = await import('@towpath/findings');
  const assigned = reports.map((report) => assign(report, all, matchReport));
  const problems = assigned.flatMap(({ problem }) => problem ?? []);
  if (problems.length > 0)
    throw CodedError.of(problems, (count) => `${count} files of the input reports cannot be used.`);
  return {
    images: found.map(({ image, subjects }) => ({
      ...image,
      scans: subjects.map((subject) => outcomeOf(subject, assigned)),
    })),
    notices: assigned.flatMap(({ notices }) => notices),
  };
}

/** A report, and the findings that it has about each subject. */
interface AssignedReport {
  readonly file: string;
  readonly findings: ReadonlyMap<Subject, readonly Finding[]>;
  readonly notices: readonly string[];
  /** Why the report cannot be used. */
  readonly problem?: Problem;
}

function assign(
  { file, report, scanned }: ReportFile,
  subjects: readonly Subject[],
  match: (report: Report, image: ImageIdentity) => ReportMatch,
): AssignedReport {
  const notices = report.notices.map((notice) => `${file}: ${notice}`);
  if (scanned !== undefined) {
    const own = subjects.filter(({ digest }) => digest === scanned);
    return { file, findings: new Map(own.map((subject) => [subject, report.findings])), notices };
  }
  const matches = subjects.map((subject) => ({ subject, ...match(report, identityOf(subject)) }));
  const named = matches.filter(({ result }) => result === 'matches');
  if (named.length > 0)
    return { file, findings: new Map(named.map(({ subject, findings }) => [subject, findings])), notices };
  const [unnamed, ...others] = matches.filter(({ result }) => result === 'unnamed');
  if (unnamed !== undefined && others.length === 0 && subjects.length === 1)
    return {
      file,
      findings: new Map([[unnamed.subject, unnamed.findings]]),
      notices: [
        ...notices,
        `${file}: ${unnamed.reason} It is accepted, because there is only one image to judge.`,
      ],
    };
  return {
    file,
    findings: new Map(),
    notices,
    problem:
      unnamed === undefined
        ? refused(file, matches[0]?.reason)
        : ambiguous(file, unnamed.reason, subjects.length),
  };
}

function refused(file: string, reason = 'There is no image to judge.'): Problem {
  return {
    code: 'report-invalid',
    message: `${file} is not about an image of this step: ${reason}`,
    hint: scanByDigest,
  };
}

function ambiguous(file: string, reason: string, count: number): Problem {
  return {
    code: 'report-invalid',
    message: `${file} does not say which of the ${count} images and platforms of this step was scanned. ${reason}`,
    hint: scanByDigest,
  };
}

const scanByDigest =
  'Scan the image of the image set by its digest or image id, one report for each platform, and pass these reports.';

function outcomeOf(subject: Subject, reports: readonly AssignedReport[]): ScanOutcome {
  const own = reports.filter(({ findings }) => findings.has(subject));
  const scan = {
    status: own.length === 0 ? 'NO_REPORT' : 'REPORT',
    description: own.map(({ file }) => file).join(', '),
    findings: own.flatMap(({ findings }) => findings.get(subject) ?? []),
  };
  return { subject, scan, ending: own.length === 0 ? 'not-reported' : 'reported' };
}

function identityOf({ digest, config, indexes, platform }: Subject): ImageIdentity {
  return { digest, config, indexes, ...(platform !== undefined && { platform }) };
}
