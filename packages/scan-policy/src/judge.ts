import type { Finding, Severity } from '@towpath/findings';
import { indexBaseline, type BaselineIndex } from './baseline.ts';
import { withDefaults, type EffectivePolicy, type EffectiveRules } from './canonical-policy.ts';
import type { JudgeContext } from './context.ts';
import { IgnoreIndex } from './ignore-index.ts';
import type { AcceptedFinding, DeferredFinding, Judgement, Violation } from './judgement.ts';
import { isBase, originFinder, type Origin } from './origin.ts';
import type { GatePolicy } from './policy.ts';
import { exceededMaxima, graceEnd, reasonsOf, ruleSet, type Exceeded, type RuleSet } from './rules.ts';
import { sortFindings } from './sort-findings.ts';
import { VexIndex } from './vex-index.ts';

/** A finding that nothing accepts, and what the rules need to know about it. */
interface OpenFinding {
  readonly finding: Finding;
  readonly origin: Origin;
  /** Whether the baseline has it, too. */
  readonly isKnown: boolean;
  /** Why ignores that match it do not apply. */
  readonly ended: readonly string[];
}

/** A rule set with the maxima that the image exceeds. */
interface CountedSet extends RuleSet {
  readonly exceeded: Exceeded;
}

/**
 * Judges the findings of one manifest by a policy. The result is the same for any order of findings, ignores and
 * statements.
 *
 * @throws RangeError if the time of the context is invalid
 */
export function judge(findings: readonly Finding[], policy: GatePolicy, context: JudgeContext): Judgement {
  const now = context.now.getTime();
  if (Number.isNaN(now)) throw new RangeError('the time of a judgement is invalid');
  const effective = withDefaults(policy);
  const baseline =
    effective.baseline === undefined || context.baseline === undefined
      ? undefined
      : indexBaseline(context.baseline);
  const before = indexBaseline({ findings: context.failedBefore ?? [] });
  const ignores = new IgnoreIndex(effective.ignores, context);
  const { accepted, open } = accept(sortFindings(findings), effective, ignores, baseline, context);
  const setsOf = countedSets(effective, open);
  const violations: Violation[] = [];
  const deferred: DeferredFinding[] = [];
  const known: Violation[] = [];
  const allowed: Finding[] = [];
  for (const one of open) {
    const { finding, origin, isKnown, ended } = one;
    const outcome = apply(one, setsOf(one), now);
    if (outcome === undefined) allowed.push(finding);
    else if (isKnown) known.push({ finding, reasons: outcome.reasons, origin });
    else if (outcome.until !== undefined)
      deferred.push({
        finding,
        until: new Date(outcome.until).toISOString(),
        reasons: withEnded(outcome.reasons, ended),
      });
    // Maxima count it, so that one more finding is new.
    else if (before.has(finding)) known.push({ finding, reasons: outcome.reasons, origin, since: 'earlier' });
    else
      violations.push({
        finding,
        reasons: withEnded(outcome.reasons, ended),
        origin,
        since: baseline === undefined ? undefined : sinceOf(finding, baseline),
      });
  }
  return {
    verdict: violations.length === 0 ? 'pass' : 'fail',
    violations,
    accepted,
    // The sort is stable: the worst come first among those with the same end.
    deferred: deferred.sort((a, b) => Date.parse(a.until) - Date.parse(b.until)),
    known,
    allowed,
    counts: countBySeverity(findings),
    staleIgnores: ignores.stale(),
    notes: notesOf(effective, policy, context, open),
  };
}

function withEnded(reasons: readonly string[], ended: readonly string[]): readonly string[] {
  return ended.length === 0 ? reasons : [...reasons, ...ended];
}

function sinceOf(finding: Finding, baseline: BaselineIndex): Violation['since'] {
  return baseline.hasPackage(finding) ? 'published' : 'introduced';
}

/** Separates the findings that an ignore or a statement accepts from the others. */
function accept(
  sorted: readonly Finding[],
  { vex }: EffectivePolicy,
  ignores: IgnoreIndex,
  baseline: BaselineIndex | undefined,
  context: JudgeContext,
): { accepted: readonly AcceptedFinding[]; open: readonly OpenFinding[] } {
  const statements = new VexIndex(vex, context);
  const originOf = originFinder(context.layers);
  const accepted: AcceptedFinding[] = [];
  const open: OpenFinding[] = [];
  for (const finding of sorted) {
    const { ignore, ended } = ignores.match(finding);
    if (ignore !== undefined) {
      const { reason, owner, expires } = ignore;
      accepted.push({ finding, by: 'ignore', reason, owner, until: expires });
      continue;
    }
    const statement = statements.match(finding);
    if (statement === undefined)
      open.push({
        finding,
        origin: originOf(finding),
        isKnown: baseline?.has(finding) ?? false,
        ended,
      });
    else {
      const { status, justification = '', document } = statement;
      const why = justification === '' ? status : `${status}: ${justification}`;
      accepted.push({ finding, by: 'vex', reason: `${why} (${document})` });
    }
  }
  return { accepted, open };
}

/**
 * Returns a function that finds the rule sets of a finding. A finding of unknown origin is judged by the rules of the
 * base image and by those of the application.
 */
function countedSets(
  { application, base }: EffectivePolicy,
  open: readonly OpenFinding[],
): (one: OpenFinding) => readonly CountedSet[] {
  const fresh = open.filter(({ isKnown }) => !isKnown);
  const count = (
    rules: EffectiveRules,
    prefix: string,
    isCounted: (origin: Origin) => boolean,
  ): CountedSet => ({
    ...ruleSet(rules, prefix),
    exceeded: exceededMaxima(
      fresh.filter(({ origin }) => isCounted(origin)).map(({ finding }) => finding),
      rules,
    ),
  });
  if (base === application) {
    const all = [count(application, '', () => true)];
    return () => all;
  }
  const ofApplication = count(application, '', (origin) => origin !== 'base');
  const ofBase = count(base, 'base.', (origin) => origin !== 'application');
  const both = [ofApplication, ofBase];
  return ({ origin }) =>
    ({ application: [ofApplication], base: [ofBase], unknown: both })[origin ?? 'unknown'];
}

/**
 * Returns the rules that a finding breaks, and the end of its grace period if it has not ended. Returns undefined if it
 * breaks none.
 */
function apply(
  { finding, isKnown }: OpenFinding,
  sets: readonly CountedSet[],
  now: number,
): { reasons: readonly string[]; until?: number } | undefined {
  let reasons: readonly string[] = [];
  let until = Infinity;
  for (const set of sets) {
    const broken = reasonsOf(finding, set, isKnown ? none : set.exceeded);
    if (broken.length === 0) continue;
    reasons = reasons.length === 0 ? broken : [...new Set([...reasons, ...broken])];
    until = Math.min(until, graceEnd(finding, set.rules, now) ?? -Infinity);
  }
  if (reasons.length === 0) return undefined;
  return { reasons, until: until > now ? until : undefined };
}

const none: Exceeded = new Map();

function notesOf(
  { baseline }: EffectivePolicy,
  { base }: GatePolicy,
  context: JudgeContext,
  open: readonly OpenFinding[],
): readonly string[] {
  const notes: string[] = [];
  const both = 'by the rules of the base image and by those of the application';
  if (base !== undefined && (context.layers === undefined || !isBase(context.layers))) {
    const why = context.layersUnknown === undefined ? '' : `: ${context.layersUnknown}`;
    notes.push(`The layers of the base image are unknown${why}. Each finding is judged ${both}.`);
  } else if (base !== undefined) {
    const count = open.filter(({ origin }) => origin === undefined).length;
    const [who, so] = count === 1 ? ['1 finding names', 'It is'] : [`${count} findings name`, 'They are'];
    if (count > 0)
      notes.push(`${who} no layer of the image, as in ECR basic scanning. ${so} judged ${both}.`);
  }
  if (baseline !== undefined && context.baseline === undefined)
    notes.push(`The findings of the baseline ${baseline} are unknown, so all findings count as new.`);
  return notes;
}

function countBySeverity(findings: readonly Finding[]): Record<Severity, number> {
  const counts: Record<Severity, number> = {
    unknown: 0,
    critical: 0,
    high: 0,
    medium: 0,
    low: 0,
    informational: 0,
    undefined: 0,
  };
  for (const { severity } of findings) counts[severity] += 1;
  return counts;
}
