import { cvssScores } from './cvss.ts';
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
import { collectFindings, unidentified, type Report, type ReportSubject } from './report.ts';
import { severityOf, severityOfScore, type Severity } from './severity.ts';
import { digestsIn, pulledDigests, shorten } from './text.ts';

/** Whether a document is in the Static Analysis Results Interchange Format. */
export function isSarif(document: Json): boolean {
  return (
    isObject(document) &&
    (Object.hasOwn(document, 'runs') || (textOf(document, '$schema') ?? '').includes('sarif'))
  );
}

/** @throws InvalidReport */
export function readSarif(document: Json): Report {
  const version = textOf(document, 'version');
  if (version !== '2.1.0') {
    throw new InvalidReport(
      `has version ${shorten(version) ?? '(none)'} of SARIF. Version 2.1.0 is supported`,
    );
  }
  const runs = objectsOf(document, 'runs', '');
  if (runs.length === 0) throw new InvalidReport('is a SARIF file without runs: no tool scanned anything');
  runs.forEach(assertFinished);
  const results = runs.flatMap((run, index) => {
    const rules = rulesOf(run);
    return objectsOf(run, 'results', `runs[${index}]`)
      .filter(isOpen)
      .map((result) => ({ result, rule: ruleOf(result, rules) }));
  });
  const findings = collectFindings(results, findingsOf);
  const driver = memberOf(runs[0], 'tool', 'driver');
  const suppressed = results.filter(({ result }) => detailsOf(result, 'suppressions').length > 0).length;
  return {
    kind: 'sarif',
    tool: shorten(textOf(driver, 'name')) ?? 'SARIF',
    version: shorten(textOf(driver, 'semanticVersion') ?? textOf(driver, 'version')),
    subjects: [subjectOf(runs, findings)],
    findings,
    notices:
      suppressed === 0
        ? []
        : [
            `${counted(suppressed, 'result is', 'results are')} suppressed in the SARIF file. Towpath judges them. Accept them with an ignore.`,
          ],
  };
}

/** A run without results did not look for any (SARIF 2.1.0, §3.14.23). */
function assertFinished(run: JsonObject, index: number): void {
  const tool = shorten(textOf(run, 'tool', 'driver', 'name')) ?? `run ${index}`;
  if (!Array.isArray(memberOf(run, 'results'))) {
    throw new InvalidReport(`is incomplete: ${tool} has no list of results`);
  }
  const failed = detailsOf(run, 'invocations').find((one) => memberOf(one, 'executionSuccessful') === false);
  if (failed === undefined) return;
  const reason =
    textOf(failed, 'exitCodeDescription') ??
    textOf(detailsOf(failed, 'toolExecutionNotifications')[0], 'message', 'text');
  throw new InvalidReport(
    `is incomplete: ${tool} reports that its run failed${reason === undefined ? '' : `: ${shorten(reason) ?? ''}`}`,
  );
}

/** Whether a result is a problem, and still exists (SARIF 2.1.0, §3.27.9 and §3.27.24). */
function isOpen(result: JsonObject): boolean {
  const kind = textOf(result, 'kind') ?? 'fail';
  return !['pass', 'notApplicable'].includes(kind) && textOf(result, 'baselineState') !== 'absent';
}

interface Result {
  readonly result: JsonObject;
  readonly rule: Json;
}

/** The rules of a run, read once for all of its results. */
interface Rules {
  readonly list: readonly Json[];
  readonly byId: ReadonlyMap<string, Json>;
}

function rulesOf(run: JsonObject): Rules {
  const member = memberOf(run, 'tool', 'driver', 'rules');
  const list: readonly Json[] = Array.isArray(member) ? member : [];
  return { list, byId: new Map(list.map((rule) => [textOf(rule, 'id') ?? '', rule])) };
}

/** Returns the rule of a result, by its index or its id (SARIF 2.1.0, §3.52). */
function ruleOf(result: JsonObject, { list, byId }: Rules): Json {
  const id = textOf(result, 'ruleId') ?? textOf(result, 'rule', 'id');
  const byIndex = list[numberOf(result, 'ruleIndex') ?? numberOf(result, 'rule', 'index') ?? -1];
  if (byIndex !== undefined && (id === undefined || textOf(byIndex, 'id') === id)) return byIndex;
  return id === undefined ? undefined : byId.get(id);
}

function findingsOf({ result, rule }: Result): Finding[] {
  const facts = factsOf(result, rule);
  const ruleId = textOf(result, 'ruleId') ?? textOf(result, 'rule', 'id') ?? textOf(rule, 'id');
  const score =
    numberOf(result, 'properties', 'security-severity') ?? numberOf(rule, 'properties', 'security-severity');
  const vector = [result, rule]
    .flatMap((one) =>
      ['cvssV4Vector', 'cvssV3Vector', 'cvssv3_vector', 'cvssVector', 'cvss'].map((name) =>
        textOf(one, 'properties', name),
      ),
    )
    .find((text) => text?.includes('/AV:'));
  const found: Omit<Finding, 'id' | 'aliases'> = {
    ...ratingOf(result, rule, { facts, score }),
    package: packageOf(result, rule, facts),
    fix: fixOf(result, rule, facts),
    cvss: cvssScores([{ vector }, { score, source: 'security-severity' }]),
    title: shorten(textOf(rule, 'shortDescription', 'text') ?? textOf(result, 'message', 'text')),
    uri: textOf(rule, 'helpUri'),
    source: 'sarif',
  };
  return identify(...idsOf(ruleId, rule)).map((ids) => ({ ...ids, ...found }));
}

/** Returns the id of the rule, or the one that it begins with, and the CVE in the texts of the rule if it is the only one. */
function idsOf(ruleId: string | undefined, rule: Json): [string | undefined, string[]] {
  const id = shorten(ruleId);
  // Grype appends the package: CVE-2026-1234-openssl. A template of Trivy prepends the severity.
  const inId = advisories(id ?? '')[0];
  if (inId !== undefined) return [inId, id === undefined ? [] : [id]];
  const texts = [
    textOf(rule, 'name'),
    textOf(rule, 'shortDescription', 'text'),
    textOf(rule, 'fullDescription', 'text'),
  ];
  const found = advisories(texts.map((text) => text?.slice(0, 500) ?? '').join(' '));
  return [id, found.length === 1 ? found : []];
}

function advisories(text: string): string[] {
  const pattern = /\bCVE-\d{4}-\d{4,19}|\bGHSA(?:-[23456789cfghjmpqrvwx]{4}){3}/gi;
  return [...new Set(Array.from(text.matchAll(pattern), ([id]) => id))];
}

/** Lines such as `Installed Version: 1.2.3` in the texts of a result: Trivy, Grype and Docker Scout write them. */
type Facts = ReadonlyMap<string, string>;

const maxFactsText = 20_000;

function factsOf(result: JsonObject, rule: Json): Facts {
  const texts = [textOf(rule, 'help', 'text'), textOf(result, 'message', 'text')];
  const lines = texts.flatMap((text) => text?.slice(0, maxFactsText).split('\n') ?? []);
  return new Map(
    lines.flatMap((line) => {
      const [name = '', ...rest] = line.slice(0, 1000).split(':');
      return rest.length === 0 ? [] : [[name.trim().toLowerCase(), rest.join(':').trim()] as const];
    }),
  );
}

function ratingOf(
  result: JsonObject,
  rule: Json,
  { facts, score }: { facts: Facts; score: number | undefined },
): Pick<Finding, 'severity' | 'rating'> {
  const words = [
    textOf(result, 'properties', 'severity'),
    facts.get('severity'),
    textOf(rule, 'properties', 'severity'),
    textOf(rule, 'properties', 'cvssV3_severity'),
    // Trivy writes the severity as a tag. Other tools have tags in lower case, with other meanings.
    ...textsOf(rule, 'properties', 'tags').filter((tag) => /^(?:CRITICAL|HIGH|MEDIUM|LOW)$/.test(tag)),
  ];
  for (const word of words) {
    const severity = severityOf(word);
    if (severity !== 'unknown' && severity !== 'undefined') return { severity };
  }
  const named = shorten(words.slice(0, 4).find((word) => word !== undefined && word !== ''));
  if (named !== undefined) return { severity: 'unknown', rating: named };
  if (score !== undefined) {
    const severity = severityOfScore(score);
    return severity === 'unknown' ? { severity, rating: String(score) } : { severity };
  }
  const level = textOf(result, 'level') ?? textOf(rule, 'defaultConfiguration', 'level') ?? 'warning';
  const severity = levels.get(level) ?? 'unknown';
  return severity === 'unknown' ? { severity, rating: shorten(level) } : { severity };
}

/** Severities for the level of a result without any other rating. An error can be critical. */
const levels: ReadonlyMap<string, Severity> = new Map([
  ['error', 'critical'],
  ['warning', 'medium'],
  ['note', 'low'],
]);

function packageOf(result: JsonObject, rule: Json, facts: Facts): Finding['package'] {
  const listed = [...textsOf(result, 'properties', 'purls'), ...textsOf(rule, 'properties', 'purls')][0];
  const fact = facts.get('package');
  const purl = listed ?? (fact?.startsWith('pkg:') === true ? fact : undefined);
  const name = shorten(purl === undefined ? fact : nameOfPurl(purl));
  const path = shorten(facts.get('location') ?? textOf(locationsOf(result)[0], 'artifactLocation', 'uri'));
  if (name === undefined) return undefined;
  const version =
    facts.get('installed version') ??
    facts.get('version') ??
    (purl === undefined ? undefined : versionOfPurl(purl));
  return {
    name,
    version: shorten(version),
    type: typeOfPurl(purl) ?? packageType(facts.get('type')),
    path,
  };
}

function locationsOf(result: JsonObject): Json[] {
  return detailsOf(result, 'locations').map((location) => memberOf(location, 'physicalLocation'));
}

/** Returns the namespace and the name of a package URL, without the distribution of an operating system. */
function nameOfPurl(purl: string): string {
  const path = decoded(purl.slice(0, 500).split(/[@?#]/)[0] ?? '')
    .split('/')
    .slice(1);
  return (['deb', 'apk', 'rpm'].includes(typeOfPurl(purl) ?? '') ? path.slice(-1) : path).join('/');
}

function versionOfPurl(purl: string): string | undefined {
  const version = /@([^@?#]{1,200})(?:[?#]|$)/.exec(purl.slice(0, 500))?.[1];
  return version === undefined ? undefined : decoded(version);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function fixOf(result: JsonObject, rule: Json, facts: Facts): Fix {
  const text =
    facts.get('fixed version') ??
    facts.get('fix version') ??
    textOf(rule, 'properties', 'fixed_version') ??
    textOf(result, 'properties', 'fixed_version');
  if (text === undefined) return { state: 'unknown', versions: [] };
  const versions = text.split(',').flatMap((version) => shorten(version) ?? []);
  const isNone = versions.length === 0 || /^(?:none|not fixed|not available|n\/a|-)$/i.test(text.trim());
  return isNone ? { state: 'none', versions: [] } : { state: 'fixed', versions };
}

function subjectOf(runs: readonly JsonObject[], findings: readonly Finding[]): ReportSubject {
  const properties = runs.map((run) => memberOf(run, 'properties'));
  const names = properties.map((one) => textOf(one, 'imageName')).filter((name) => name !== undefined);
  return {
    ...unidentified,
    type: names.length > 0 ? 'image' : 'unknown',
    name: shorten(names[0]),
    configs: digestsIn(properties.map((one) => textOf(one, 'imageID'))),
    pulled: pulledDigests([...names, ...properties.flatMap((one) => textsOf(one, 'repoDigests'))]),
    findings,
  };
}
