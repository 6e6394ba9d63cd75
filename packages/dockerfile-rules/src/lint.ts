import type { Instruction } from '@towpath/dockerfile';
import { CodedError } from '@towpath/errors';
import type { Edit } from './edits.ts';
import { ruleSet, type LintSeverity } from './ids.ts';
import { readIgnores, type Ignores } from './ignores.ts';
import { instructionAt } from './instruction-at.ts';
import type { LintOptions } from './options.ts';
import type { Hit, Rule } from './rule.ts';
import { rules } from './rules.ts';
import { redactSecrets } from './secret-values.ts';
import { readSubject, type Subject } from './subject.ts';

/** What a configuration says about a rule. */
export type RuleSetting =
  { readonly severity: LintSeverity } | { readonly off: true; readonly reason: string };

/** The settings of the rules. */
export interface LintSettings {
  readonly rules: ReadonlyMap<string, RuleSetting>;
  /** The version of the rules. Newer rules only inform. */
  readonly ruleSet: number;
}

const plainSettings: LintSettings = { rules: new Map(), ruleSet };

/** A finding in a Dockerfile. */
export interface LintFinding {
  /** The id of the rule, or `buildkit/…` and `hadolint/…` with the name of a rule of these. */
  readonly rule: string;
  readonly severity: LintSeverity;
  /** The Dockerfile, relative to the repository. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly message: string;
  readonly hint: string;
  /** Rules of other tools that report the same: `buildkit/JSONArgsRecommended`. */
  readonly also: readonly string[];
  /** Whether `fix` changes the Dockerfile. */
  readonly isFixable: boolean;
}

/** A finding that a comment or the configuration turned off. */
export interface SuppressedFinding {
  readonly finding: LintFinding;
  readonly reason: string;
}

/** The findings of one Dockerfile, in the order of its lines. */
export interface LintResult {
  readonly findings: readonly LintFinding[];
  readonly suppressed: readonly SuppressedFinding[];
  /** The mechanical fixes of the findings. */
  readonly edits: readonly Edit[];
}

/** A Dockerfile to check. */
export interface LintInput {
  /** Relative to the repository. */
  readonly file: string;
  readonly text: string;
  readonly options?: LintOptions;
  readonly settings?: LintSettings;
  /** Findings of other tools for the same file. */
  readonly others?: readonly LintFinding[];
}

/** The rule for comments that turn rules off and cannot be applied. */
const ignoreRule = 'ignore';

/** The rule for Dockerfiles that cannot be read. */
const unreadableRule = 'dockerfile';

/** Checks a Dockerfile by all rules. */
export function lint(input: LintInput, checked: readonly Rule[] = rules): LintResult {
  const { file, text, options = {}, settings = plainSettings, others = [] } = input;
  try {
    const subject = readSubject(text, options);
    const ignores = readIgnores(text, subject.lines, subject.instructions);
    const found = checked.flatMap((rule) => findingsOf(rule, subject, file, settings, ignores));
    const own = found.map(({ finding }) => finding);
    const merged = mergeOthers(
      [...own, ...problemsOf(ignores, file)],
      others,
      settings,
      subject.instructions,
      new Map(
        found.flatMap(({ finding, overriddenIn }) =>
          overriddenIn === undefined ? [] : [[key(finding), overriddenIn]],
        ),
      ),
    );
    return sortOut(
      merged,
      ignores,
      settings,
      new Map(found.map(({ finding, edits }) => [key(finding), edits])),
    );
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    return { findings: [unreadableFinding(file, error)], suppressed: [], edits: [] };
  }
}

/** Returns the finding about a Dockerfile that cannot be read. */
export function unreadableFinding(file: string, { message, hint = '' }: CodedError): LintFinding {
  return { ...plain(file), rule: unreadableRule, message, hint };
}

function plain(file: string): LintFinding {
  return { rule: '', severity: 'error', file, line: 1, message: '', hint: '', also: [], isFixable: false };
}

interface Found extends Pick<Hit, 'overriddenIn'> {
  readonly finding: LintFinding;
  readonly edits: readonly Edit[];
}

function findingsOf(
  rule: Rule,
  subject: Subject,
  file: string,
  settings: LintSettings,
  ignores: Ignores,
): readonly Found[] {
  const setting = settings.rules.get(rule.id);
  const isNew = rule.since > settings.ruleSet;
  const seen = new Set<string>();
  return Array.from(rule.check(subject)).flatMap((hit): Found[] => {
    const { line, message, hint, edits = [], overriddenIn } = hit;
    const isRepeated = seen.has(`${line} ${message}`);
    seen.add(`${line} ${message}`);
    if (isRepeated) return [];
    const usual = isNew ? 'info' : (hit.severity ?? rule.severity);
    const raised = ignores.checksAreErrors && rule.buildkit !== undefined && !isNew ? 'error' : usual;
    const severity = setting !== undefined && 'severity' in setting ? setting.severity : raised;
    const finding = {
      rule: rule.id,
      severity,
      file,
      line,
      // A line that a hint repeats may contain a secret.
      message: redactSecrets(message),
      hint: redactSecrets(hint),
      also: [],
      isFixable: edits.length > 0,
    };
    return [{ finding, edits, ...(overriddenIn !== undefined && { overriddenIn }) }];
  });
}

function problemsOf({ problems }: Ignores, file: string): readonly LintFinding[] {
  return problems.map((problem) => ({ ...plain(file), ...problem, rule: ignoreRule, severity: 'warning' }));
}

function key({ rule, line, message }: LintFinding): string {
  return JSON.stringify([rule, line, message]);
}

/**
 * Adds the findings of other tools. One that a rule reports in the same instruction is only named there: other tools
 * report the first line of an instruction, the rules the line in it.
 *
 * @param overridden the other line of a finding about two instructions, by its key
 */
function mergeOthers(
  own: readonly LintFinding[],
  others: readonly LintFinding[],
  settings: LintSettings,
  instructions: readonly Instruction[],
  overridden: ReadonlyMap<string, number>,
): readonly LintFinding[] {
  const place = (line: number) => instructionAt(instructions, line)?.line ?? line;
  const merged = [...own];
  // The positions in `merged` by the instruction that a finding is about.
  const byPlace = new Map<number, number[]>();
  const add = (line: number, at: number) => {
    const known = byPlace.get(place(line)) ?? [];
    known.push(at);
    byPlace.set(place(line), known);
  };
  for (const [at, finding] of own.entries()) {
    add(finding.line, at);
    const other = overridden.get(key(finding));
    if (other !== undefined) add(other, at);
  }
  for (const other of others) {
    const same = sameRules(other.rule);
    const [at] = (byPlace.get(place(other.line)) ?? [])
      .filter((index) => {
        const one = merged[index];
        return one !== undefined && (same.includes(one.rule) || isShared(one, same));
      })
      .toSorted(
        (one, next) =>
          distance(merged[one], other) - distance(merged[next], other) ||
          rank(merged[one]) - rank(merged[next]),
      );
    const there = at === undefined ? undefined : merged[at];
    if (at !== undefined && there !== undefined) {
      merged[at] = { ...there, also: [...new Set([...there.also, other.rule])] };
      continue;
    }
    const setting = settings.rules.get(other.rule);
    add(other.line, merged.length);
    merged.push(
      setting !== undefined && 'severity' in setting ? { ...other, severity: setting.severity } : other,
    );
  }
  return merged;
}

/** Orders findings: the nearest first. Of several for one instruction, each is for another finding of the other tool. */
function distance(one: LintFinding | undefined, other: LintFinding): number {
  const { line = 0, also = [] } = one ?? {};
  return (also.includes(other.rule) ? 1_000_000 : 0) + Math.abs(line - other.line);
}

function sameRules(rule: string): readonly string[] {
  const [tool = '', name = ''] = rule.split('/');
  if (tool !== 'buildkit' && tool !== 'hadolint') return [];
  return rules.filter((one) => one[tool]?.includes(name) === true).map(({ id }) => id);
}

/** Whether another tool already reported the same there, by a rule that ours know. */
function isShared(one: LintFinding, same: readonly string[]): boolean {
  return same.length > 0 && sameRules(one.rule).some((id) => same.includes(id));
}

const order: readonly LintSeverity[] = ['error', 'warning', 'info'];

function rank(finding: LintFinding | undefined): number {
  return order.indexOf(finding?.severity ?? 'info');
}

function sortOut(
  found: readonly LintFinding[],
  { reasonFor }: Ignores,
  settings: LintSettings,
  edits: ReadonlyMap<string, readonly Edit[]>,
): LintResult {
  const findings: LintFinding[] = [];
  const suppressed: SuppressedFinding[] = [];
  const sorted = found.toSorted((one, other) => one.line - other.line || rank(one) - rank(other));
  for (const finding of sorted) {
    const setting = settings.rules.get(finding.rule);
    const reason = reasonFor(finding);
    if (reason !== undefined) suppressed.push({ finding, reason });
    else if (setting !== undefined && 'off' in setting) suppressed.push({ finding, reason: setting.reason });
    else findings.push(finding);
  }
  return { findings, suppressed, edits: findings.flatMap((finding) => edits.get(key(finding)) ?? []) };
}
