import { cvssScores, type Rating } from './cvss.ts';
import { epssOf } from './epss.ts';
import type { Epss, Finding, Fix } from './finding.ts';
import { identify, type Identifiers } from './identifiers.ts';
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
import { nameOfPurl, packageType, typeOfPurl } from './package-type.ts';
import { rated } from './rated.ts';
import { collectFindings, unidentified, type Report, type ReportSubject } from './report.ts';
import { digestIn, digestsIn, pulledDigests, shorten, timeOf } from './text.ts';

/** Whether a document is a report of Grype. */
export function isGrype(document: Json): boolean {
  return (
    textOf(document, 'descriptor', 'name') === 'grype' ||
    (isObject(document) && Object.hasOwn(document, 'matches'))
  );
}

/** @throws InvalidReport */
export function readGrype(document: Json): Report {
  if (!Array.isArray(memberOf(document, 'matches'))) {
    throw new InvalidReport('has no list of matches. Grype did not finish, or the file is incomplete');
  }
  assertDatabase(memberOf(document, 'descriptor', 'db'));
  const knowsKev = memberOf(document, 'descriptor', 'db', 'providers', 'kev') !== undefined;
  const findings = collectFindings(objectsOf(document, 'matches', ''), (match) =>
    findingsOf(match, knowsKev),
  );
  return {
    kind: 'grype',
    tool: 'Grype',
    version: shorten(textOf(document, 'descriptor', 'version')),
    subjects: [subjectOf(memberOf(document, 'source'), findings)],
    findings,
    notices: noticesOf(document),
  };
}

function noticesOf(document: Json): string[] {
  const ignored = detailsOf(document, 'ignoredMatches').length;
  const unsupported = unsupportedSystems(document);
  const notices = [
    ignored > 0 &&
      `Grype itself left out ${counted(ignored, 'finding')}, by its own rules, a .grype.yaml or a VEX document.`,
    unsupported.length > 0 &&
      `Grype reports that ${unsupported.join(', ')} is no longer supported, so vulnerabilities can be missing.`,
  ];
  return notices.filter((notice) => notice !== false);
}

/** Returns the operating systems of packages that are no longer supported (Grype 0.106.0 and later). */
function unsupportedSystems(document: Json): readonly string[] {
  const alerts = detailsOf(document, 'alertsByPackage').flatMap((one) => detailsOf(one, 'alerts'));
  const names = alerts
    .filter((alert) => textOf(alert, 'type') === 'distro-eol')
    .map((alert) => [textOf(alert, 'metadata', 'name'), textOf(alert, 'metadata', 'version')]);
  const shown = names.map((parts) => shorten(parts.filter(Boolean).join(' ')) ?? 'the operating system');
  return [...new Set(shown)].slice(0, 3);
}

/** Grype lists no matches if its database is missing or broken and updates are off. */
function assertDatabase(database: Json): void {
  const error = textOf(database, 'error') ?? textOf(database, 'status', 'error');
  if (error !== undefined || memberOf(database, 'status', 'valid') === false) {
    throw new InvalidReport(
      `was written without a valid vulnerability database: ${shorten(error) ?? 'its status is not valid'}. Run grype db update and scan again`,
    );
  }
}

/** Types of sources that are not images. A document of Syft or an SBOM of an image has the type of the image. */
const otherSources = ['directory', 'dir', 'file', 'snap'];

function subjectOf(source: Json, findings: readonly Finding[]): ReportSubject {
  const type = textOf(source, 'type') ?? 'unknown';
  const target = memberOf(source, 'target');
  if (type !== 'image') {
    const name = typeof target === 'string' ? target : textOf(target, 'path');
    return {
      ...unidentified,
      type: otherSources.includes(type) ? 'other' : 'unknown',
      name: shorten(name),
      findings,
    };
  }
  const os = textOf(target, 'os');
  const architecture = textOf(target, 'architecture');
  return {
    type: 'image',
    name: shorten(textOf(target, 'userInput')),
    manifests: digestsIn([textOf(target, 'manifestDigest')]),
    configs: digestsIn([textOf(target, 'imageID')]),
    pulled: pulledDigests([textOf(target, 'userInput'), ...textsOf(target, 'repoDigests')]),
    // The digests in `layers` are diff IDs if Grype read the image from a daemon, and of compressed layers otherwise.
    diffIds: [],
    platform: architecture === undefined ? undefined : shorten(`${os ?? ''}/${architecture}`),
    findings,
  };
}

function findingsOf(match: JsonObject, knowsKev: boolean): Finding[] {
  const vulnerability = memberOf(match, 'vulnerability');
  if (!isObject(vulnerability)) throw new InvalidReport('is damaged: a match has no vulnerability');
  const related = detailsOf(match, 'relatedVulnerabilities');
  const all = identify(textOf(vulnerability, 'id'), [
    ...related.map((one) => textOf(one, 'id')),
    ...detailsOf(vulnerability, 'advisories').map((one) => textOf(one, 'id')),
  ]);
  const affected = packageOf(memberOf(match, 'artifact'));
  const cves = new Set(all.map(({ id }) => id));
  return all.map((ids) => findingOf({ vulnerability, related, affected, cves, knowsKev }, ids));
}

/** The parts of a match that all CVEs of an advisory share. */
interface Match {
  readonly vulnerability: JsonObject;
  readonly related: readonly JsonObject[];
  readonly affected: Finding['package'];
  /** The ids of all findings of the match. */
  readonly cves: ReadonlySet<string>;
  readonly knowsKev: boolean;
}

function findingOf({ vulnerability, related, affected, cves, knowsKev }: Match, ids: Identifiers): Finding {
  // Ratings of another CVE are not ratings of this one.
  const same = [vulnerability, ...related.filter((one) => isSame(textOf(one, 'id'), ids))];
  const isOther = (cve = '') => cve.toUpperCase() !== ids.id && cves.has(cve.toUpperCase());
  const entriesOf = (name: string) =>
    same.flatMap((one) => detailsOf(one, name).filter((entry) => !isOther(textOf(entry, 'cve'))));
  return {
    ...ids,
    ...rated(textOf(vulnerability, 'severity')),
    severitySource: shorten(textOf(vulnerability, 'namespace')),
    package: affected,
    fix: fixOf(vulnerability),
    fixAvailableSince: firstFix(vulnerability),
    cvss: cvssScores(same.flatMap((one) => ratingsOf(one))),
    epss: worstEpss(entriesOf('epss')),
    isExploited: entriesOf('knownExploited').length > 0 || (knowsKev ? false : undefined),
    title: shorten(textOf(vulnerability, 'description') ?? textOf(related[0], 'description')),
    uri: textOf(vulnerability, 'dataSource') ?? textsOf(vulnerability, 'urls')[0],
    source: 'grype',
  };
}

function isSame(
  id: string | undefined,
  { id: canonical, aliases }: Pick<Finding, 'id' | 'aliases'>,
): boolean {
  const text = id?.trim();
  return text !== undefined && (text.toUpperCase() === canonical.toUpperCase() || aliases.includes(text));
}

function packageOf(artifact: Json): Finding['package'] {
  const purl = textOf(artifact, 'purl');
  const type = typeOfPurl(purl) ?? packageType(textOf(artifact, 'type'));
  // Grype names a Java package without its group, and other scanners with it.
  const full = type === 'maven' && purl !== undefined ? nameOfPurl(purl) : undefined;
  const name = shorten(full ?? textOf(artifact, 'name'));
  if (name === undefined) return undefined;
  const locations = detailsOf(artifact, 'locations');
  const location =
    locations.find((one) => textOf(one, 'annotations', 'evidence') === 'primary') ?? locations[0];
  return {
    name,
    version: shorten(textOf(artifact, 'version')),
    type,
    path: shorten(textOf(location, 'path')),
    layer: digestIn(textOf(location, 'layerID')),
  };
}

const states: ReadonlyMap<string, Fix['state']> = new Map<string, Fix['state']>([
  ['fixed', 'fixed'],
  ['not-fixed', 'none'],
  ['wont-fix', 'wont-fix'],
]);

function fixOf(vulnerability: JsonObject): Fix {
  const versions = textsOf(vulnerability, 'fix', 'versions').flatMap((version) => shorten(version) ?? []);
  const state = states.get(textOf(vulnerability, 'fix', 'state') ?? '');
  return { state: state ?? (versions.length > 0 ? 'fixed' : 'unknown'), versions };
}

/** Returns the date of the earliest fix (Grype 0.100 and later). */
function firstFix(vulnerability: JsonObject): string | undefined {
  const times = detailsOf(vulnerability, 'fix', 'available').flatMap(
    (one) => timeOf(textOf(one, 'date')) ?? [],
  );
  return times.toSorted()[0];
}

function ratingsOf(vulnerability: JsonObject): Rating[] {
  const namespace = textOf(vulnerability, 'namespace');
  return detailsOf(vulnerability, 'cvss').map((one) => ({
    vector: textOf(one, 'vector'),
    score: numberOf(one, 'metrics', 'baseScore'),
    version: textOf(one, 'version'),
    source: textOf(one, 'source') ?? namespace,
  }));
}

/** Returns the highest EPSS: a GHSA can stand for several CVEs. */
function worstEpss(entries: readonly JsonObject[]): Epss | undefined {
  const all = entries.flatMap(
    (entry) => epssOf(numberOf(entry, 'epss'), numberOf(entry, 'percentile')) ?? [],
  );
  return all.toSorted((a, b) => b.score - a.score)[0];
}
