import type { Finding, Severity } from '@towpath/findings';
import {
  countAllowed,
  type AcceptedFinding,
  type DeferredFinding,
  type Judgement,
  type Violation,
} from '@towpath/scan-policy';
import { limits } from './limits.ts';
import type { SarifLevel, SarifLocation, SarifResult, SarifRule, SarifRun } from './log.ts';

/** What {@link findingsRun} needs to know of a judged image. */
export interface JudgedFindings extends Pick<
  Judgement,
  'violations' | 'deferred' | 'accepted' | 'known' | 'allowed' | 'counts'
> {
  /** The image and the platform, e.g. `scan-gate/backend/linux/amd64`. */
  readonly category: string;
  /** Returns the line that installs the package of a finding, or the `FROM` of its base image. */
  readonly locate: (finding: Finding) => SarifLocation;
}

/** A finding, and how its result is formatted. */
interface Entry {
  readonly finding: Finding;
  readonly format: () => SarifResult;
}

/**
 * Returns the findings of an image on one platform as a SARIF run: violations first, then the rest. Only the results that
 * GitHub keeps are formatted.
 */
export function findingsRun({ category, locate, ...judged }: JudgedFindings): SarifRun {
  const { violations, deferred, accepted, known, allowed } = judged;
  const entries: readonly Entry[] = [
    ...first(violations, (one) => resultOf(one.finding, 'error', whyRefused(one), locate)),
    ...first(deferred, (one) => resultOf(one.finding, 'warning', whyDeferred(one), locate)),
    ...first(accepted, (one) => ({
      ...resultOf(one.finding, 'note', `Accepted: ${one.reason}`, locate),
      suppression: whyAccepted(one),
    })),
    ...first(known, (one) =>
      one.since === 'earlier'
        ? resultOf(one.finding, 'error', whyRefused(one), locate)
        : resultOf(one.finding, 'note', 'The baseline has it, too', locate),
    ),
    ...first(
      allowed.slice(0, limits.results).map((finding) => ({ finding })),
      ({ finding }) => resultOf(finding, 'note', 'The policy allows it', locate),
    ),
  ].slice(0, limits.results);
  const listed = violations.length + deferred.length + accepted.length + known.length;
  return {
    category,
    results: entries.map(({ format }) => format()),
    rules: rulesOf(entries.map(({ finding }) => finding)),
    total: listed + countAllowed(judged),
  };
}

function first<T extends { readonly finding: Finding }>(
  list: readonly T[],
  format: (one: T) => SarifResult,
): readonly Entry[] {
  return list.slice(0, limits.results).map((one) => ({ finding: one.finding, format: () => format(one) }));
}

function resultOf(
  finding: Finding,
  level: SarifLevel,
  why: string,
  locate: JudgedFindings['locate'],
): SarifResult {
  const { id, severity, package: affected } = finding;
  const subject = affected === undefined ? 'The image' : nameOf(affected);
  const message = `${subject} has ${id} (${severity}). ${describeFix(finding)} ${why}.`;
  return { rule: id, level, message, location: locate(finding), identity: identityOf(finding) };
}

/** Without the version, so that an alert stays the same when the version changes and the package stays affected. */
function identityOf({ package: affected }: Finding): readonly string[] {
  return affected === undefined ? [] : [affected.type ?? '', affected.name, affected.path ?? ''];
}

function nameOf({ name, version }: NonNullable<Finding['package']>): string {
  return version === undefined ? name : `${name} ${version}`;
}

const withoutFix: Readonly<Record<Finding['fix']['state'], string>> = {
  fixed: 'A fix exists.',
  partial: 'A fix exists for some of the affected packages.',
  none: 'No fix exists yet.',
  'wont-fix': 'The vendor will not fix it.',
  unknown: 'The scanner names no fix.',
};

function describeFix({ fix: { state, versions } }: Finding): string {
  return versions.length === 0 ? withoutFix[state] : `Fixed in ${versions.slice(0, 5).join(', ')}.`;
}

function whyRefused({ reasons }: Violation): string {
  return reasons.join('; ');
}

function whyDeferred({ until, reasons }: DeferredFinding): string {
  return `Fails the gate after ${until.slice(0, 10)}: ${reasons.join('; ')}`;
}

function whyAccepted({ by, reason, owner, until }: AcceptedFinding): string {
  const source = by === 'vex' ? 'VEX' : 'Ignored in the policy';
  const details = [
    owner === undefined ? [] : `by ${owner}`,
    until === undefined ? [] : `until ${until.slice(0, 10)}`,
  ].flat();
  return `${[source, ...details].join(' ')}: ${reason}`;
}

/** Returns a rule for each id. If an id has several findings, the worst one decides. */
function rulesOf(findings: readonly Finding[]): readonly SarifRule[] {
  const byId = Map.groupBy(findings, ({ id }) => id);
  return [...byId.values()].flatMap((same) => {
    const [first, ...others] = same;
    if (first !== undefined && others.length === 0) return ruleOf(first, same);
    const scored = same.map((finding) => ({ finding, score: securitySeverity(finding) ?? 0 }));
    const worst = scored.reduce((one, other) => (other.score > one.score ? other : one));
    return ruleOf(worst.finding, same);
  });
}

function ruleOf(finding: Finding, same: readonly Finding[]): SarifRule {
  const { id, title, severity, uri, package: affected } = finding;
  const about =
    title ?? (affected === undefined ? 'Vulnerability of the image' : `Vulnerability of ${affected.name}`);
  return {
    id,
    summary: `${id}: ${about}`,
    description: about,
    help: helpOf(finding, about, same),
    ...(isWebAddress(uri) && { uri }),
    tags: ['security', 'vulnerability', severity, ...(affected?.type === undefined ? [] : [affected.type])],
    securitySeverity: securitySeverity(finding),
  };
}

function helpOf(finding: Finding, about: string, same: readonly Finding[]): SarifRule['help'] {
  const { id, severity, uri } = finding;
  // Few rules have several findings or aliases. Lists for each of thousands of rules would take most of the time.
  const packages = distinct(same, (one) => (one.package === undefined ? [] : [nameOf(one.package)]), 20);
  const aliases = distinct(same, (one) => one.aliases, 10);
  let text = about;
  let markdown = `${escape(about)}\n`;
  const add = (name: string, value: string) => {
    if (value === '') return;
    text += `\n${name}: ${value}`;
    markdown += `\n- **${name}:** ${escape(value)}`;
  };
  add('Severity', severity);
  add('Package', packages);
  add('Fix', describeFix(finding));
  add('Also known as', aliases);
  if (isWebAddress(uri)) markdown += `\n\n[About ${escape(id)}](<${uri}>)`;
  return { text, markdown };
}

/** Returns the first different texts of some findings, in a list of words. */
function distinct(
  findings: readonly Finding[],
  textsOf: (finding: Finding) => readonly string[],
  count: number,
): string {
  const [first, ...others] = findings;
  if (first === undefined) return '';
  if (others.length === 0) return textsOf(first).slice(0, count).join(', ');
  return [...new Set(findings.flatMap(textsOf))].slice(0, count).join(', ');
}

function isWebAddress(address: string | undefined): address is string {
  return address !== undefined && address.length <= 500 && /^https?:\/\/[^\s<>\\]+$/.test(address);
}

function escape(text: string): string {
  const line = (/\s\s|[^\S ]/.test(text) ? text.replace(/\s+/g, ' ') : text).replace(
    /[\\`*_{}[\]()#+!~|$@-]/g,
    '\\$&',
  );
  return /[&<]/.test(line) ? line.replaceAll('&', '&amp;').replaceAll('<', '&lt;') : line;
}

/** The scores that GitHub shows as a severity (GitHub docs, `security-severity`), and a usual one without a score. */
const bands: Readonly<
  Partial<Record<Severity, { readonly from: number; readonly to: number; readonly usual: number }>>
> = {
  unknown: { from: 9.1, to: 10, usual: 9.5 },
  critical: { from: 9.1, to: 10, usual: 9.5 },
  high: { from: 7, to: 8.9, usual: 8 },
  medium: { from: 4, to: 6.9, usual: 5.5 },
  low: { from: 0.1, to: 3.9, usual: 2 },
};

/**
 * Returns the score for GitHub: the highest CVSS score, moved into the range of the severity. So GitHub shows the
 * severity that the gate judges, also if the vendor rates a vulnerability differently than NVD.
 */
export function securitySeverity({ severity, cvss }: Pick<Finding, 'severity' | 'cvss'>): number | undefined {
  const band = bands[severity];
  if (band === undefined) return undefined;
  if (cvss.length === 0) return band.usual;
  return Math.min(band.to, Math.max(band.from, ...cvss.map(({ score }) => score)));
}
