import { cvssScores, type Rating } from './cvss.ts';
import { epssOf } from './epss.ts';
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
import { collectFindings, unidentified, type Report, type ReportSubject } from './report.ts';
import { digestsIn, pulledDigests, shorten, timeOf } from './text.ts';

/** Whether a document is a report of `snyk test` or `snyk container test`: one result, or a list of results. */
export function isSnyk(document: Json): boolean {
  if (Array.isArray(document)) return document.some(isResult);
  return isResult(document);
}

function isResult(value: Json): boolean {
  return isObject(value) && typeof memberOf(value, 'ok') === 'boolean';
}

/** @throws InvalidReport */
export function readSnyk(document: Json): Report {
  const results = resultsOf(document);
  for (const result of results) assertFinished(result);
  const subject = subjectOf(results);
  return {
    kind: 'snyk',
    tool: 'Snyk',
    subjects: [subject],
    findings: subject.findings,
    notices: noticesOf(results),
  };
}

/** Returns all results of a document, with those of the applications in an image. */
function resultsOf(document: Json): JsonObject[] {
  const roots = (Array.isArray(document) ? document : [document]) as readonly JsonObject[];
  return roots.flatMap((root) => {
    // Snyk nests one level: the applications are in the result of the image.
    const applications = objectsOf(root, 'applications', '');
    if (applications.some((one) => detailsOf(one, 'applications').length > 0))
      throw new InvalidReport('is damaged: an application contains applications');
    return [root, ...applications];
  });
}

function assertFinished(result: JsonObject): void {
  const error = textOf(result, 'error') ?? textOf(result, 'message');
  if (memberOf(result, 'vulnerabilities') === undefined) {
    const reason = shorten(error);
    throw new InvalidReport(
      reason === undefined
        ? 'has a result of Snyk without a list of vulnerabilities'
        : `is an error of Snyk: ${reason}`,
    );
  }
  const isEmpty = objectsOf(result, 'vulnerabilities', '').length === 0;
  if (memberOf(result, 'ok') === false && isEmpty) {
    throw new InvalidReport('contradicts itself: Snyk says ok: false, but lists no vulnerabilities');
  }
}

/** In a list with an image, the other results can be applications in the image. Their findings must not get lost. */
function subjectOf(results: readonly JsonObject[]): ReportSubject {
  const image = results.find((result) => memberOf(result, 'docker') !== undefined);
  const first = image ?? results[0];
  const issues = results.flatMap((result) =>
    objectsOf(result, 'vulnerabilities', '')
      .filter((one) => !isLicence(one))
      .map((one) => ({ one, result })),
  );
  const findings = withoutDuplicates(collectFindings(issues, ({ one, result }) => findingsOf(one, result)));
  const name = shorten(textOf(first, 'path') ?? textOf(first, 'projectName'));
  if (image === undefined) return { ...unidentified, type: 'other', name, findings };
  const ids = results.flatMap((result) => [
    textOf(result, 'imageId'),
    textOf(result, 'docker', 'imageId'),
    textOf(result, 'docker', 'imageID'),
  ]);
  return {
    ...unidentified,
    type: 'image',
    name,
    configs: digestsIn([...new Set(ids)]),
    pulled: pulledDigests([
      ...results.map((result) => textOf(result, 'path')),
      ...results.flatMap((result) => textsOf(result, 'docker', 'repoDigests')),
    ]),
    platform: shorten(results.map((result) => textOf(result, 'platform')).find((one) => one !== undefined)),
    findings,
  };
}

function isLicence(issue: JsonObject): boolean {
  return textOf(issue, 'type') === 'license';
}

function findingsOf(issue: JsonObject, result: JsonObject): Finding[] {
  const identifiers = memberOf(issue, 'identifiers');
  const others = ['CVE', 'GHSA', 'ALTERNATIVE', 'RHSA', 'SUSE', 'NSP'].flatMap((kind) =>
    textsOf(identifiers, kind),
  );
  const found: Omit<Finding, 'id' | 'aliases'> = {
    ...rated(textOf(issue, 'severityWithCritical') ?? textOf(issue, 'severity')),
    package: packageOf(issue, result),
    fix: fixOf(issue),
    cvss: cvssScores(ratingsOf(issue)),
    epss: epssOf(numberOf(issue, 'epssDetails', 'probability'), numberOf(issue, 'epssDetails', 'percentile')),
    isExploited: textsOf(issue, 'exploitDetails', 'sources').includes('CISA') ? true : undefined,
    hasExploit: exploits.get((textOf(issue, 'exploit') ?? '').toLowerCase()),
    published: timeOf(textOf(issue, 'disclosureTime') ?? textOf(issue, 'publicationTime')),
    title: shorten(textOf(issue, 'title')),
    uri: textOf(issue, 'url') ?? textOf(detailsOf(issue, 'references')[0], 'url'),
    source: 'snyk',
  };
  return identify(textOf(issue, 'id'), [...others, ...textsOf(issue, 'alternativeIds')]).map((ids) => ({
    ...ids,
    ...found,
  }));
}

/** Words for the maturity of an exploit (Snyk user docs, "Exploit maturity"; CVSS, "Exploit Code Maturity"). */
const exploits: ReadonlyMap<string, boolean> = new Map([
  ['mature', true],
  ['high', true],
  ['functional', true],
  ['proof of concept', true],
  ['attacked', true],
  ['unproven', false],
  ['unreported', false],
  ['no known exploit', false],
]);

function packageOf(issue: JsonObject, result: JsonObject): Finding['package'] {
  const name = shorten(textOf(issue, 'name') ?? textOf(issue, 'packageName') ?? textOf(issue, 'moduleName'));
  if (name === undefined) return undefined;
  return {
    name,
    version: shorten(textOf(issue, 'version')),
    type:
      typeOfPurl(textOf(issue, 'purl')) ??
      packageType(textOf(issue, 'packageManager')) ??
      packageType(textOf(result, 'packageManager')),
    path: shorten(textOf(result, 'targetFile') ?? textOf(result, 'displayTargetFile')),
  };
}

function fixOf(issue: JsonObject): Fix {
  const fixedIn = memberOf(issue, 'fixedIn');
  const versions = [textOf(issue, 'nearestFixedInVersion'), ...textsOf(issue, 'fixedIn')].flatMap(
    (version) => shorten(version) ?? [],
  );
  if (versions.length > 0) return { state: 'fixed', versions: [...new Set(versions)] };
  const isFixable = memberOf(issue, 'isUpgradable') === true || memberOf(issue, 'isPatchable') === true;
  if (isFixable) return { state: 'fixed', versions };
  return { state: Array.isArray(fixedIn) ? 'none' : 'unknown', versions };
}

function ratingsOf(issue: JsonObject): Rating[] {
  return [
    { vector: textOf(issue, 'CVSSv4'), source: 'Snyk' },
    { vector: textOf(issue, 'CVSSv3'), score: numberOf(issue, 'cvssScore'), source: 'Snyk' },
    ...detailsOf(issue, 'cvssSources').map((one) => ({
      vector: textOf(one, 'vector'),
      score: numberOf(one, 'baseScore'),
      version: textOf(one, 'cvssVersion'),
      source: textOf(one, 'assigner'),
    })),
    ...detailsOf(issue, 'cvssDetails').flatMap((one) =>
      ['3', '4'].map((version) => ({
        vector: textOf(one, `cvssV${version}Vector`),
        score: numberOf(one, `cvssV${version}BaseScore`),
        version,
        source: textOf(one, 'assigner'),
      })),
    ),
  ];
}

/** Snyk lists a vulnerability once for each path of dependencies to its package. */
function withoutDuplicates(findings: readonly Finding[]): Finding[] {
  const byKey = new Map<string, Finding>();
  for (const finding of findings) {
    const { id, aliases, package: { name, version, path } = {}, fix } = finding;
    const key = JSON.stringify([id, aliases, name, version, path, fix]);
    if (!byKey.has(key)) byKey.set(key, finding);
  }
  return [...byKey.values()];
}

function noticesOf(results: readonly JsonObject[]): string[] {
  const issues = results.flatMap((result) => detailsOf(result, 'vulnerabilities'));
  const licences = issues.filter(isLicence).length;
  const ignored = results.flatMap((result) => detailsOf(result, 'filtered', 'ignore')).length;
  const threshold = results.map((result) => textOf(result, 'severityThreshold')).find(Boolean);
  const missing = results.some(
    (result) =>
      (numberOf(result, 'uniqueCount') ?? 0) >
      new Set(detailsOf(result, 'vulnerabilities').map((one) => textOf(one, 'id'))).size,
  );
  const isEmpty = results.every((result) => numberOf(result, 'dependencyCount') === 0);
  const notices = [
    licences > 0 &&
      `The report has ${counted(licences, 'licence issue')}. Towpath judges vulnerabilities only.`,
    ignored > 0 &&
      `Snyk itself left out ${counted(ignored, 'finding')}, by a .snyk file or an ignore on snyk.io.`,
    threshold !== undefined &&
      `The report contains only findings of severity ${shorten(threshold) ?? ''} or worse: snyk ran with --severity-threshold.`,
    missing && 'The report lists fewer vulnerabilities than Snyk counted. Check that the file is complete.',
    isEmpty && 'Snyk found no packages.',
  ];
  return notices.filter((notice) => notice !== false);
}
