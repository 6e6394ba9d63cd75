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
import { decode, nameOfPurl, packageType, typeOfPurl } from './package-type.ts';
import {
  collectFindings,
  unidentified,
  type Report,
  type ReportSubject,
  type ScannedImage,
} from './report.ts';
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
  const given = objectsOf(document, 'runs', '');
  if (given.length === 0) throw new InvalidReport('is a SARIF file without runs: no tool scanned anything');
  const runs = given.map(readRun);
  const { scans = [], checks = [] } = Object.groupBy(runs, (run) => (isScan(run) ? 'scans' : 'checks'));
  const others = [...new Set(checks.map(({ tool }) => tool))].join(', ');
  const [first] = scans;
  if (first === undefined)
    throw new InvalidReport(
      `is not a report of vulnerabilities: it has none, and does not say that ${shorten(others) ?? ''} scanned an image for them`,
    );
  const suppressed = scans.reduce((sum, run) => sum + run.suppressed, 0);
  const notices = [
    others !== '' &&
      `The results of ${shorten(others) ?? ''} are left out: they are not about vulnerabilities of packages.`,
    suppressed > 0 &&
      `${counted(suppressed, 'result is', 'results are')} suppressed in the SARIF file. Towpath judges them. Accept them with an ignore.`,
  ];
  return {
    kind: 'sarif',
    tool: first.tool,
    version: first.version,
    subjects: subjectsOf(scans),
    findings: collectFindings(scans, ({ findings }) => findings),
    notices: notices.filter((notice) => notice !== false),
  };
}

/** What one tool reports about one target. */
interface Run {
  readonly tool: string;
  readonly version: string | undefined;
  readonly image: ScannedImage & { readonly name?: string };
  readonly findings: readonly Finding[];
  /** The number of results that the file suppresses. */
  readonly suppressed: number;
}

function readRun(run: JsonObject, index: number): Run {
  const driver = memberOf(run, 'tool', 'driver');
  const tool = shorten(textOf(driver, 'name')) ?? `run ${index}`;
  assertFinished(run, tool);
  const rules = rulesOf(run);
  const results = objectsOf(run, 'results', `runs[${index}]`)
    .filter(isOpen)
    .map((result) => ({ result, rule: ruleOf(result, rules) }));
  return {
    tool,
    version: shorten(textOf(driver, 'semanticVersion') ?? textOf(driver, 'version')),
    image: imageOf(run),
    findings: collectFindings(results, findingsOf),
    suppressed: results.filter(({ result }) => detailsOf(result, 'suppressions').length > 0).length,
  };
}

/** Scanners that do not write which image they scanned, so a file without results is an image without findings. */
const scanners =
  /^(?:grype|snyk container|docker scout|clair|anchore|osv-scanner|jfrog xray|amazon inspector)\b/i;

/**
 * Whether a tool looked for vulnerabilities of packages. SARIF does not say so, and linters and checks of sources write it,
 * too: their empty file does not show that an image is clean.
 */
function isScan({ tool, image: { name }, findings }: Run): boolean {
  return (
    name !== undefined ||
    scanners.test(tool) ||
    findings.some(({ id, package: affected }) => affected !== undefined || advisories(id).length > 0)
  );
}

/** A run without results did not look for any (SARIF 2.1.0, §3.14.23). */
function assertFinished(run: JsonObject, tool: string): void {
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
  /** Those of the tool. */
  readonly own: readonly Json[];
  /** Those of each extension of the tool, e.g. of a query pack of CodeQL. */
  readonly extensions: readonly (readonly Json[])[];
  readonly byId: ReadonlyMap<string, Json>;
}

function rulesOf(run: JsonObject): Rules {
  const listOf = (component: Json): readonly Json[] => {
    const member = memberOf(component, 'rules');
    return Array.isArray(member) ? member : [];
  };
  const own = listOf(memberOf(run, 'tool', 'driver'));
  const extensions = detailsOf(memberOf(run, 'tool'), 'extensions').map(listOf);
  const all = [...extensions.flat(), ...own];
  return { own, extensions, byId: new Map(all.map((rule) => [textOf(rule, 'id') ?? '', rule])) };
}

/** Returns the rule of a result, by its index or its id (SARIF 2.1.0, §3.52). */
function ruleOf(result: JsonObject, { own, extensions, byId }: Rules): Json {
  const id = textOf(result, 'ruleId') ?? textOf(result, 'rule', 'id');
  const extension = numberOf(result, 'rule', 'toolComponent', 'index');
  const list = extension === undefined ? own : (extensions[extension] ?? []);
  const byIndex = list[numberOf(result, 'ruleIndex') ?? numberOf(result, 'rule', 'index') ?? -1];
  if (byIndex !== undefined && (id === undefined || textOf(byIndex, 'id') === id)) return byIndex;
  // A part of a rule has an id of its own, e.g. `CA2101/1` of the rule `CA2101`.
  return id === undefined ? undefined : (byId.get(id) ?? byId.get(id.replace(/\/[^/]*$/, '')));
}

/** The properties of results and rules with CVSS vectors: of Trivy, Docker Scout and others. */
const vectorNames = [
  'cvssv40_vector',
  'cvssv3_vector',
  'cvssv2_vector',
  'cvssV4Vector',
  'cvssV3Vector',
  'cvssVector',
  'cvss',
];

function findingsOf({ result, rule }: Result): Finding[] {
  const facts = factsOf(result, rule);
  const ruleId = textOf(result, 'ruleId') ?? textOf(result, 'rule', 'id') ?? textOf(rule, 'id');
  const score =
    numberOf(result, 'properties', 'security-severity') ?? numberOf(rule, 'properties', 'security-severity');
  const vectors = [result, rule].flatMap((one) =>
    vectorNames.flatMap((name) => textOf(one, 'properties', name) ?? []),
  );
  const found: Omit<Finding, 'id' | 'aliases'> = {
    ...ratingOf(result, rule, { facts, score }),
    package: packageOf(result, rule, facts),
    fix: fixOf(result, rule, facts),
    cvss: cvssScores([...vectors.map((vector) => ({ vector })), { score, source: 'security-severity' }]),
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

/** Lines such as `Installed Version: 1.2.3` in the texts of a result: Trivy, Grype, Snyk and Docker Scout write them. */
type Facts = ReadonlyMap<string, string>;

const maxFactsText = 20_000;

/** The first line with a name counts: a description of the vulnerability, with lines of its own, follows the facts. */
function factsOf(result: JsonObject, rule: Json): Facts {
  const lines = [
    ...linesOf(textOf(result, 'message', 'text')),
    ...linesOf(textOf(rule, 'help', 'text')),
    ...linesOfList(textOf(rule, 'help', 'markdown')),
  ];
  const facts = new Map<string, string>();
  for (const line of lines) {
    const [start = '', ...rest] = line.slice(0, 1000).split(':');
    const name = start.trim().toLowerCase();
    if (rest.length > 0 && !facts.has(name)) facts.set(name, rest.join(':').trim());
  }
  return facts;
}

function linesOf(text: string | undefined): readonly string[] {
  return text?.slice(0, maxFactsText).split('\n') ?? [];
}

/** Returns the items of the list at the start of a text in Markdown, as Snyk writes it. */
function linesOfList(text: string | undefined): readonly string[] {
  const lines = linesOf(text);
  const end = lines.findIndex((line) => !line.startsWith('* '));
  return lines.slice(0, end < 0 ? undefined : end).map((line) => line.slice(2));
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
    // Snyk: `Critical severity - Overflow vulnerability in openssl`
    /^(?<word>\w{3,20}) severity\b/.exec(textOf(rule, 'shortDescription', 'text') ?? '')?.groups?.word,
    // Trivy writes the severity as a tag. Other tools have tags in lower case, with other meanings.
    ...textsOf(rule, 'properties', 'tags').filter((tag) => /^(?:CRITICAL|HIGH|MEDIUM|LOW)$/.test(tag)),
  ];
  for (const word of words) {
    const severity = severityOf(word);
    if (severity !== 'unknown' && severity !== 'undefined') return { severity };
  }
  const named = shorten(words.slice(0, 5).find((word) => word !== undefined && word !== ''));
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
  const fact = facts.get('package') ?? facts.get('vulnerable module');
  const purl = listed ?? (fact?.startsWith('pkg:') === true ? fact : undefined);
  const name = shorten(purl === undefined ? fact : nameOfPurl(purl));
  const path = shorten(facts.get('location') ?? textOf(locationsOf(result)[0], 'artifactLocation', 'uri'));
  if (name === undefined) return undefined;
  const version =
    facts.get('installed version') ??
    facts.get('version') ??
    (purl === undefined ? versionIn(textOf(rule, 'fullDescription', 'text'), name) : versionOfPurl(purl));
  return {
    name,
    version: shorten(version),
    type: typeOfPurl(purl) ?? packageType(facts.get('type') ?? facts.get('package manager')),
    path,
  };
}

/** Returns the version in a description of Snyk, e.g. `(CVE-2026-1234) openssl/libssl3@3.0.1`. */
function versionIn(description: string | undefined, name: string): string | undefined {
  const [, version, ...rest] = description?.slice(0, 1000).split(`${name}@`) ?? [];
  return rest.length === 0 ? version : undefined;
}

function locationsOf(result: JsonObject): Json[] {
  return detailsOf(result, 'locations').map((location) => memberOf(location, 'physicalLocation'));
}

function versionOfPurl(purl: string): string | undefined {
  const version = /@([^@?#]{1,200})(?:[?#]|$)/.exec(purl.slice(0, 500))?.[1];
  return version === undefined ? undefined : decode(version);
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

function imageOf(run: JsonObject): Run['image'] {
  const properties = memberOf(run, 'properties');
  const name = textOf(properties, 'imageName');
  return {
    ...unidentified,
    name: shorten(name),
    configs: digestsIn([textOf(properties, 'imageID')]),
    pulled: pulledDigests([name, ...textsOf(properties, 'repoDigests')]),
  };
}

/** Returns the image of each run. Those that name none are one subject. */
function subjectsOf(runs: readonly Run[]): readonly ReportSubject[] {
  const { named = [], unnamed = [] } = Object.groupBy(runs, ({ image }) =>
    image.name === undefined ? 'unnamed' : 'named',
  );
  const subjects: ReportSubject[] = named.map(({ image, findings }) => ({
    ...image,
    type: 'image',
    findings,
  }));
  if (unnamed.length === 0) return subjects;
  const findings = unnamed.flatMap((run) => run.findings);
  return [...subjects, { ...unidentified, type: 'unknown', findings }];
}
