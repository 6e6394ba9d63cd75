import type { Finding, NamedSeverity, Severity } from '@towpath/findings';
import { rankedSeverities } from '@towpath/findings/severity';
import type { EffectiveRules } from './canonical-policy.ts';
import { instantOf, millisecondsPerDay } from './instants.ts';
import { rankOf } from './sort-findings.ts';

/** The rules for the findings of one origin, and how their keys are written in the configuration. */
export interface RuleSet {
  readonly rules: EffectiveRules;
  /** `base.` or nothing. */
  readonly prefix: string;
  /** The rules that are set. */
  readonly checks: readonly Check[];
}

/** Returns the reasons why a finding breaks one rule. */
type Check = (finding: Finding, set: RuleSet, exceeded: Exceeded) => readonly string[];

/** @param prefix how the keys of the rules begin in the configuration */
export function ruleSet(rules: EffectiveRules, prefix: string): RuleSet {
  const { failOn, max, cvss, epss, kev } = rules;
  const checks = [
    ...(failOn === 'none' ? [] : [severityReasons]),
    ...(Object.keys(max).length === 0 ? [] : [maxReasons]),
    ...(cvss === undefined ? [] : [cvssReasons]),
    ...(epss === undefined ? [] : [epssReasons]),
    ...(kev ? [kevReasons] : []),
  ];
  return { rules, prefix, checks };
}

/** The number of findings that exceed a maximum, by the severity of the maximum. */
export type Exceeded = ReadonlyMap<NamedSeverity, number>;

/** Returns whether an upgrade of the package removes the vulnerability, at least in some branch. */
export function hasFix({ fix }: Finding): boolean {
  return fix.state === 'fixed' || fix.state === 'partial' || fix.versions.length > 0;
}

/** Returns whether the rules can fail a finding at all. */
function canFail(finding: Finding, { onlyFixable, unknownFix }: EffectiveRules): boolean {
  if (!onlyFixable || hasFix(finding)) return true;
  return finding.fix.state === 'unknown' && unknownFix === 'fixable';
}

/**
 * Returns the rules that a finding breaks, each as a sentence without a full stop.
 *
 * @param exceeded the maxima that the image exceeds
 */
export function reasonsOf(finding: Finding, set: RuleSet, exceeded: Exceeded): readonly string[] {
  if (!canFail(finding, set.rules)) return [];
  const reasons: string[] = [];
  for (const check of set.checks) reasons.push(...check(finding, set, exceeded));
  return reasons;
}

function severityReasons({ severity, rating }: Finding, { rules: { failOn }, prefix }: RuleSet): string[] {
  if (failOn === 'none' || rankOf(severity) > rankOf(failOn)) return [];
  const key = `${prefix}fail-on: ${failOn}`;
  if (severity !== 'unknown') return [`${severity} is not allowed with ${key}`];
  const rated = rating === undefined ? '' : ` (${rating})`;
  return [`the severity is unknown${rated} and counts as the worst, which is not allowed with ${key}`];
}

/**
 * Returns the severities whose maximum counts a finding. A severity without a maximum counts towards the next milder
 * severity that has one. An unknown severity counts towards all maxima.
 */
function maximaOf(severity: Severity, { max }: EffectiveRules): readonly NamedSeverity[] {
  const limited = rankedSeverities.filter(
    (one): one is NamedSeverity => one !== 'unknown' && max[one] !== undefined,
  );
  if (severity === 'unknown') return limited;
  const nearest = limited.find((one) => rankOf(one) >= rankOf(severity));
  return nearest === undefined ? [] : [nearest];
}

/** Returns the maxima that findings exceed, with the number of findings that count. */
export function exceededMaxima(findings: readonly Finding[], rules: EffectiveRules): Exceeded {
  if (Object.keys(rules.max).length === 0) return new Map();
  const counts = new Map<NamedSeverity, number>();
  const towards = new Map(rankedSeverities.map((severity) => [severity, maximaOf(severity, rules)]));
  for (const finding of findings) {
    if (!canFail(finding, rules)) continue;
    for (const one of towards.get(finding.severity) ?? []) counts.set(one, (counts.get(one) ?? 0) + 1);
  }
  return new Map([...counts].filter(([severity, count]) => count > (rules.max[severity] ?? Infinity)));
}

function maxReasons({ severity }: Finding, { rules, prefix }: RuleSet, exceeded: Exceeded): string[] {
  return maximaOf(severity, rules).flatMap((one) => {
    const count = exceeded.get(one);
    return count === undefined
      ? []
      : [
          `${count} findings count as ${one}, which is more than ${prefix}max: { ${one}: ${rules.max[one] ?? 0} }`,
        ];
  });
}

/** The highest CVSS score of each severity (CVSS v3.1, "Qualitative Severity Rating Scale"). */
const highestScores: Readonly<Record<Severity, number>> = {
  unknown: 10,
  critical: 10,
  high: 8.9,
  medium: 6.9,
  low: 3.9,
  informational: 0,
  undefined: 0,
};

function cvssReasons({ cvss, severity }: Finding, { rules, prefix }: RuleSet): string[] {
  if (rules.cvss === undefined) return [];
  const key = `${prefix}cvss: ${rules.cvss}`;
  const scores = cvss.map(({ score }) => score).filter(Number.isFinite);
  const [score, because] =
    scores.length > 0
      ? [scores.reduce((highest, one) => Math.max(highest, one)), '']
      : [highestScores[severity], ` for ${severity} without a score`];
  return score < rules.cvss ? [] : [`CVSS ${score}${because} is not allowed with ${key}`];
}

function epssReasons({ epss }: Finding, { rules, prefix }: RuleSet): string[] {
  if (rules.epss === undefined) return [];
  const key = `${prefix}epss: ${rules.epss}`;
  if (epss !== undefined && Number.isFinite(epss.score))
    return epss.score < rules.epss ? [] : [`EPSS ${epss.score} is not allowed with ${key}`];
  return rules.unknownExploitability === 'allow'
    ? []
    : [`the EPSS score is unknown, which is not allowed with ${key}`];
}

function kevReasons({ isExploited }: Finding, { rules, prefix }: RuleSet): string[] {
  if (!rules.kev || isExploited === false) return [];
  const key = `${prefix}kev: true`;
  if (isExploited === true)
    return [`the vulnerability is known to be exploited (CISA KEV), which is not allowed with ${key}`];
  return rules.unknownExploitability === 'allow'
    ? []
    : [`it is unknown whether the vulnerability is exploited (CISA KEV), which is not allowed with ${key}`];
}

/** How far the clock of a scanner may be ahead, in milliseconds. */
const clockSkew = millisecondsPerDay;

/**
 * Returns the end of the grace period of a finding in milliseconds since 1970, or undefined if it has none. A finding of
 * unknown severity, without a date, with a date in the future, or that is known to be exploited has none.
 */
export function graceEnd(
  finding: Finding,
  { grace, graceSince }: EffectiveRules,
  now: number,
): number | undefined {
  const { severity, isExploited } = finding;
  if (severity === 'unknown' || isExploited === true) return undefined;
  const days = grace[severity] ?? 0;
  const start = days > 0 ? instantOf(startOf(finding, graceSince)) : undefined;
  if (start === undefined || start > now + clockSkew) return undefined;
  return Math.min(start, now) + days * millisecondsPerDay;
}

function startOf(
  { firstSeen, fixAvailableSince, published }: Finding,
  since: EffectiveRules['graceSince'],
): string | undefined {
  return { 'first-seen': firstSeen, 'fix-available': fixAvailableSince, published }[since];
}
