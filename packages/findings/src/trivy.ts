import { cvssScores, type Rating } from './cvss.ts';
import type { Finding, Fix } from './finding.ts';
import { identify } from './identifiers.ts';
import {
  detailsOf,
  InvalidReport,
  isObject,
  memberOf,
  numberOf,
  objectsOf,
  textOf,
  textsOf,
} from './json.ts';
import type { Json, JsonObject } from './json.ts';
import { counted } from './notice.ts';
import { packageType, typeOfPurl } from './package-type.ts';
import { rated } from './rated.ts';
import {
  collectFindings,
  unidentified,
  type Report,
  type ReportSubject,
  type ScannedImage,
} from './report.ts';
import { digestIn, digestsIn, pulledDigests, shorten, timeOf } from './text.ts';

/** Whether a document is a report of Trivy: of schema 2, or the list of schema 1 (Trivy before 0.19). */
export function isTrivy(document: Json): boolean {
  if (isObject(document)) {
    return (
      memberOf(document, 'ArtifactType') !== undefined ||
      memberOf(document, 'ArtifactName') !== undefined ||
      (memberOf(document, 'SchemaVersion') !== undefined && memberOf(document, 'Results') !== undefined)
    );
  }
  return (
    Array.isArray(document) &&
    document.length > 0 &&
    document.every((one) => textOf(one, 'Target') !== undefined)
  );
}

/** @throws InvalidReport */
export function readTrivy(document: Json): Report {
  if (Array.isArray(document)) return reportOf({ Results: document }, 'unknown', unidentified);
  const schema = memberOf(document, 'SchemaVersion');
  if (schema !== undefined && schema !== 2) {
    throw new InvalidReport(
      `has schema version ${shorten(JSON.stringify(schema)) ?? ''} of Trivy. Versions 1 and 2 are supported`,
    );
  }
  return reportOf(document as JsonObject, subjectType(textOf(document, 'ArtifactType')), imageOf(document));
}

/** Returns what Trivy scanned (Trivy, `artifact.Type`). An SBOM can be that of an image, and does not say so. */
function subjectType(type: string | undefined): ReportSubject['type'] {
  if (type === 'container_image') return 'image';
  return type === undefined || ['cyclonedx', 'spdx'].includes(type) ? 'unknown' : 'other';
}

function reportOf(document: JsonObject, type: ReportSubject['type'], image: ScannedImage): Report {
  const results = objectsOf(document, 'Results', '');
  const vulnerabilities = results.flatMap((result, index) =>
    objectsOf(result, 'Vulnerabilities', `Results[${index}]`).map((one) => ({ one, result })),
  );
  const findings = collectFindings(vulnerabilities, ({ one, result }) => findingsOf(one, result));
  if (findings.length === 0) assertScanned(document, results);
  const name = textOf(document, 'ArtifactName');
  return {
    kind: 'trivy',
    tool: 'Trivy',
    version: shorten(textOf(document, 'Trivy', 'Version')),
    subjects: [{ ...image, type, name: shorten(name), findings }],
    findings,
    notices: noticesOf(document, results),
  };
}

/** The classes of results that list packages (Trivy, `types.ResultClass`). */
const packageClasses = ['os-pkgs', 'lang-pkgs'];

/**
 * Trivy leaves out Results if an image has neither an operating system nor packages. A scan for vulnerabilities has a
 * result for each operating system that Trivy supports, also without findings. So Trivy did not look for
 * vulnerabilities if all results are of other classes, or if it names a system and has no result.
 */
function assertScanned(document: JsonObject, results: readonly JsonObject[]): void {
  const classes = results.map((result) => textOf(result, 'Class'));
  if (classes.some((one) => one === undefined || packageClasses.includes(one))) return;
  if (results.length > 0)
    throw new InvalidReport(
      `has no results for packages, only of class ${[...new Set(classes)].map((one) => shorten(one)).join(', ')}. Run trivy image with --scanners vuln and --list-all-pkgs`,
    );
  if (memberOf(document, 'Metadata', 'OS') !== undefined)
    throw new InvalidReport(
      `has no result for the packages of ${systemOf(document)}. Run trivy image with --scanners vuln. If it has the option, Trivy does not support the operating system`,
    );
}

function imageOf(document: Json): ScannedImage {
  const metadata = memberOf(document, 'Metadata');
  const { manifests } = unidentified;
  const os = textOf(metadata, 'ImageConfig', 'os');
  const architecture = textOf(metadata, 'ImageConfig', 'architecture');
  const variant = textOf(metadata, 'ImageConfig', 'variant');
  return {
    manifests,
    configs: digestsIn([textOf(metadata, 'ImageID')]),
    pulled: pulledDigests([
      textOf(document, 'ArtifactName'),
      textOf(metadata, 'Reference'),
      ...textsOf(metadata, 'RepoDigests'),
    ]),
    diffIds: digestsIn(textsOf(metadata, 'DiffIDs')),
    platform:
      architecture === undefined
        ? undefined
        : shorten([os ?? '', architecture, ...(variant === undefined ? [] : [variant])].join('/')),
  };
}

function findingsOf(vulnerability: JsonObject, result: JsonObject): Finding[] {
  const purl = textOf(vulnerability, 'PkgIdentifier', 'PURL') ?? textOf(vulnerability, 'PkgRef');
  const severitySource = shorten(textOf(vulnerability, 'SeveritySource'));
  const resultPath = textOf(result, 'Class') === 'lang-pkgs' ? textOf(result, 'Target') : undefined;
  const name = shorten(textOf(vulnerability, 'PkgName'));
  const found: Omit<Finding, 'id' | 'aliases'> = {
    ...rated(textOf(vulnerability, 'Severity')),
    severitySource,
    package:
      name === undefined
        ? undefined
        : {
            name,
            version: shorten(textOf(vulnerability, 'InstalledVersion')),
            type: typeOfPurl(purl) ?? packageType(textOf(result, 'Type')),
            path: shorten(textOf(vulnerability, 'PkgPath') ?? resultPath),
            layer:
              digestIn(textOf(vulnerability, 'Layer', 'Digest')) ??
              digestIn(textOf(vulnerability, 'Layer', 'DiffID')),
          },
    fix: fixOf(textOf(vulnerability, 'FixedVersion'), textOf(vulnerability, 'Status')),
    cvss: cvssScores(ratingsOf(memberOf(vulnerability, 'CVSS'))),
    published: timeOf(textOf(vulnerability, 'PublishedDate')),
    title: shorten(textOf(vulnerability, 'Title') ?? textOf(vulnerability, 'Description')),
    uri: textOf(vulnerability, 'PrimaryURL') ?? textsOf(vulnerability, 'References')[0],
    source: 'trivy',
  };
  return identify(textOf(vulnerability, 'VulnerabilityID'), textsOf(vulnerability, 'VendorIDs')).map(
    (ids) => ({ ...ids, ...found }),
  );
}

function ratingsOf(cvss: Json): Rating[] {
  if (!isObject(cvss)) return [];
  return Object.entries(cvss).flatMap(([source, rating]) =>
    (['2', '3', '40'] as const).map((version) => ({
      vector: textOf(rating, `V${version}Vector`),
      score: numberOf(rating, `V${version}Score`),
      version,
      source,
    })),
  );
}

/** Returns the fix for a status of Trivy (Trivy-DB, `types.Status`). A fixed version decides. */
function fixOf(fixedVersion: string | undefined, status: string | undefined): Fix {
  const versions = (fixedVersion ?? '').split(',').flatMap((version) => shorten(version) ?? []);
  if (versions.length > 0) return { state: 'fixed', versions };
  return { state: statuses.get(status ?? '') ?? 'unknown', versions };
}

const statuses: ReadonlyMap<string, Fix['state']> = new Map<string, Fix['state']>([
  ['fixed', 'fixed'],
  ['affected', 'none'],
  ['fix_deferred', 'none'],
  ['will_not_fix', 'wont-fix'],
  ['end_of_life', 'wont-fix'],
]);

function noticesOf(document: JsonObject, results: readonly JsonObject[]): string[] {
  const vulnerabilities = results.flatMap((result) => detailsOf(result, 'Vulnerabilities'));
  const notAffected = vulnerabilities.filter((one) => textOf(one, 'Status') === 'not_affected').length;
  const ignored = sum(results, 'ExperimentalModifiedFindings') + sum(results, 'ModifiedFindings');
  const others = sum(results, 'Secrets') + sum(results, 'Misconfigurations');
  const notices = [
    notAffected > 0 &&
      `${counted(notAffected, 'finding has', 'findings have')} the status not_affected. Towpath judges them. Accept them with a VEX document or an ignore.`,
    ignored > 0 &&
      `Trivy itself left out ${counted(ignored, 'finding')}, by an ignore file or a VEX document.`,
    others > 0 &&
      `The report has ${counted(others, 'secret or misconfiguration', 'secrets or misconfigurations')}. Towpath judges vulnerabilities only.`,
    memberOf(document, 'Metadata', 'OS', 'EOSL') === true &&
      `Trivy reports that ${systemOf(document)} is no longer supported, so vulnerabilities can be missing.`,
    results.length === 0 && 'Trivy found no packages in the image.',
    lacksSystem(document, results) &&
      `The report has no result for the packages of ${systemOf(document)}, so their vulnerabilities are missing.`,
  ];
  return notices.filter((notice) => notice !== false);
}

/** Returns whether Trivy scanned only the packages of languages. Old versions write no class. */
function lacksSystem(document: JsonObject, results: readonly JsonObject[]): boolean {
  const classes = results.map((result) => textOf(result, 'Class'));
  const isOfSystem = classes.some((one) => one === undefined || one === 'os-pkgs');
  return memberOf(document, 'Metadata', 'OS') !== undefined && results.length > 0 && !isOfSystem;
}

function systemOf(document: JsonObject): string {
  const os = memberOf(document, 'Metadata', 'OS');
  const name = [textOf(os, 'Family'), textOf(os, 'Name')].filter(Boolean).join(' ');
  return shorten(name) ?? 'the operating system';
}

function sum(results: readonly JsonObject[], name: string): number {
  return results.reduce((total, result) => total + detailsOf(result, name).length, 0);
}
