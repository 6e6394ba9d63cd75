import { hash as digest } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { cutAt, limits } from './limits.ts';
import type { SarifFile, SarifLocation, SarifResult, SarifRule, SarifRun, SarifTool } from './log.ts';

/**
 * Returns a SARIF 2.1.0 file within GitHub's limits. Of too many results it keeps the first ones of each run, and of
 * too many runs the first ones: pass the worst first.
 *
 * @param runs read again if the file is too large. A run that is made while they are read is never in memory with the
 *   others.
 * @throws TypeError if two runs have the same category, or a result has no rule
 */
export function serialise(tool: SarifTool, runs: Iterable<SarifRun>): SarifFile {
  for (let maxResults: number = limits.results; ; maxResults = Math.floor(maxResults / 2)) {
    const { texts, omissions } = formatRuns(tool, runs, maxResults);
    if (!areWithinSize(texts)) continue;
    const start = `{"$schema":${JSON.stringify(schemaUri)},"version":"2.1.0","runs":[`;
    const parts = texts.flatMap((text, index) => (index === 0 ? [text] : [',', text]));
    return { parts: [start, ...parts, ']}\n'], omissions };
  }
}

/** Returns the runs that GitHub keeps as JSON, each with so many results, and what is left out. */
function formatRuns(
  tool: SarifTool,
  runs: Iterable<SarifRun>,
  maxResults: number,
): { readonly texts: readonly string[]; readonly omissions: readonly string[] } {
  const texts: string[] = [];
  const omissions: string[] = [];
  const categories = new Set<string>();
  for (const run of runs) {
    if (categories.has(run.category)) throw new TypeError('two runs of a SARIF file have the same category');
    categories.add(run.category);
    if (texts.length === limits.runs) continue;
    const results = run.results.slice(0, maxResults);
    texts.push(formatRun(tool, { ...run, results }));
    const all = run.total ?? run.results.length;
    if (all > results.length) omissions.push(describeOmission(run.category, results.length, all));
  }
  if (categories.size > texts.length)
    omissions.push(
      `The SARIF file has the ${texts.length} worst of ${categories.size} categories: GitHub accepts no more than ${limits.runs} in a file.`,
    );
  return { texts, omissions };
}

function describeOmission(category: string, kept: number, all: number): string {
  const why =
    kept < Math.min(all, limits.results)
      ? `GitHub accepts no file over ${limits.gzipBytes / 2 ** 20} MiB`
      : 'GitHub does not keep more';
  return `The SARIF file has the ${kept} worst of the ${all} results for ${category}: ${why}.`;
}

/**
 * Returns whether runs stay within the limit after gzip. Uses the fastest compression: an upload compresses better, and
 * so do all runs together.
 */
function areWithinSize(runs: readonly string[]): boolean {
  const sizeOf = (measure: (text: string) => number) => runs.reduce((sum, text) => sum + measure(text), 0);
  return (
    sizeOf((text) => Buffer.byteLength(text)) <= maxBytes ||
    sizeOf((text) => gzipSync(text, { level: 1 }).length) <= maxBytes
  );
}

/** What is around the runs takes less. */
const maxBytes = limits.gzipBytes - 1024;

const schemaUri =
  'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';

/** Returns a run as JSON. Each rule and result becomes text at once, so that the objects of all are never in memory. */
function formatRun({ name, uri, version }: SarifTool, { category, rules, results }: SarifRun): string {
  const used = new Set(results.map(({ rule }) => rule));
  const kept = [...new Map(rules.filter(({ id }) => used.has(id)).map((rule) => [rule.id, rule])).values()];
  const indexes = new Map(kept.map(({ id }, index) => [id, index]));
  const fingerprint = fingerprints();
  const driver = { name, informationUri: uri, ...(version !== undefined && { semanticVersion: version }) };
  const ofRules = kept.map((rule) => JSON.stringify(formatRule(rule)));
  const ofResults = results.map((result) => {
    const ruleIndex = indexes.get(result.rule);
    if (ruleIndex === undefined) throw new TypeError(`the SARIF run ${category} has no rule ${result.rule}`);
    return JSON.stringify(formatResult(result, ruleIndex, fingerprint(result)));
  });
  // GitHub takes everything before the last slash as the category.
  const id = `${category}/`;
  return [
    `{"tool":{"driver":${JSON.stringify(driver).slice(0, -1)},"rules":[${ofRules.join(',')}]}},`,
    `"automationDetails":${JSON.stringify({ id })},"columnKind":"utf16CodeUnits",`,
    `"results":[${ofResults.join(',')}]}`,
  ].join('');
}

function formatRule({ id, summary, description, help, uri, tags = [], securitySeverity }: SarifRule): object {
  const kept = [...new Set(tags)].slice(0, limits.tagsOfRule);
  return {
    id,
    name: cutAt(id, limits.name),
    shortDescription: { text: cutAt(summary, limits.description) },
    fullDescription: { text: cutAt(description ?? summary, limits.description) },
    help: { text: cutAt(help.text, limits.text), markdown: cutAt(help.markdown, limits.text) },
    ...(uri !== undefined && { helpUri: uri }),
    properties: {
      ...(kept.length > 0 && { tags: kept }),
      ...(securitySeverity !== undefined && { 'security-severity': securitySeverity.toFixed(1) }),
    },
  };
}

function formatResult(
  { rule, level, message, location, suppression }: SarifResult,
  ruleIndex: number,
  fingerprint: string,
): object {
  return {
    ruleId: rule,
    ruleIndex,
    level,
    message: { text: cutAt(withoutLinks(message), limits.text) },
    locations: [{ physicalLocation: formatLocation(location) }],
    partialFingerprints: { primaryLocationLineHash: fingerprint },
    ...(suppression !== undefined && {
      suppressions: [
        { kind: 'external', status: 'accepted', justification: cutAt(suppression, limits.text) },
      ],
    }),
  };
}

function formatLocation({ file, line, column = 1 }: SarifLocation): object {
  return {
    artifactLocation: { uri: file.split('/').map(encodeURIComponent).join('/') },
    region: { startLine: line, startColumn: column, endLine: line, endColumn: column + 1 },
  };
}

/** Escapes brackets, which SARIF reads as a link (SARIF 2.1.0, 3.11.6). */
function withoutLinks(text: string): string {
  return text.replace(/[\\[\]]/g, '\\$&');
}

/**
 * Returns a function that returns a fingerprint for each result of a run. It has the form of CodeQL's: a hash, and the
 * number of the result among those with the same hash.
 */
function fingerprints(): (result: SarifResult) => string {
  const seen = new Map<string, number>();
  return ({ rule, identity }) => {
    // An object for each hash would take twice the time.
    const hash = digest('sha256', JSON.stringify([rule, ...identity])).slice(0, 16);
    const number = (seen.get(hash) ?? 0) + 1;
    seen.set(hash, number);
    return `${hash}:${number}`;
  };
}
