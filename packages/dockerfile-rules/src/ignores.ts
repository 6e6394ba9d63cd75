import { directives, type Instruction } from '@towpath/dockerfile';
import { suggest } from '@towpath/errors';
import { ruleIds } from './ids.ts';
import { instructionAt } from './instruction-at.ts';
import { equivalents, ruleOf } from './rules.ts';

/** A comment that turns rules off. */
interface Ignore {
  /** The line of the comment, from 1. */
  readonly line: number;
  /** The ids of rules, and names of other tools: `hadolint/DL3059`. */
  readonly ids: ReadonlySet<string>;
  readonly reason: string;
  /** Whether it applies to the whole file, and not only to the instruction that it is in or before. */
  readonly isGlobal: boolean;
  readonly by: 'towpath' | 'hadolint' | 'buildkit';
}

/** A comment that cannot be applied. */
interface IgnoreProblem {
  readonly line: number;
  readonly message: string;
  readonly hint: string;
}

/** What matters of a finding. */
interface Ignorable {
  readonly rule: string;
  readonly line: number;
  /** Rules of other tools that report the same. */
  readonly also: readonly string[];
}

export interface Ignores {
  /** Returns the reason of the comment that turns off a finding; undefined without such a comment. */
  readonly reasonFor: (finding: Ignorable) => string | undefined;
  readonly problems: readonly IgnoreProblem[];
  /** Whether `# check=error=true` makes the findings of BuildKit's checks errors. */
  readonly checksAreErrors: boolean;
}

/** The id of all checks of BuildKit together. */
const everyCheck = 'buildkit/*';

const pragma =
  /^\s*#\s*(?<tool>towpath|hadolint)\s+(?<global>global\s+)?ignore\s*=\s*(?<ids>[\w/-]+(?:\s*,\s*[\w/-]+)*)(?<reason>.*)$/i;
const attempt = /^\s*#\s*towpath\b[\s:]*(?<rest>.*)$/i;

/**
 * Returns the comments that turn rules off: `# towpath ignore=ID reason`, `# hadolint ignore=DL3006` and
 * `# check=skip=StageNameCasing`. They apply to the instruction that they are in or before, or with `global` to the
 * whole file.
 */
export function readIgnores(
  text: string,
  lines: readonly string[],
  instructions: readonly Instruction[],
): Ignores {
  const all: Ignore[] = [];
  const problems: IgnoreProblem[] = [];
  const inHeredoc = heredocLines(instructions);
  for (const [index, source] of lines.entries()) {
    const line = index + 1;
    if (!source.trimStart().startsWith('#') || inHeredoc.has(line)) continue;
    const found = pragma.exec(source)?.groups;
    if (found !== undefined) {
      const ignore = ignoreOf(found, line);
      const problem = ignore.by === 'towpath' ? problemOf(ignore) : undefined;
      if (problem === undefined) all.push(ignore);
      else problems.push(problem);
      continue;
    }
    if (attempt.test(source) && /ignore/i.test(source))
      problems.push({
        line,
        message: 'This comment ignores nothing.',
        hint: 'Write # towpath ignore=ID and the reason, for example # towpath ignore=user-root it binds port 80.',
      });
  }
  const check = directives(text).get('check') ?? '';
  return {
    reasonFor: reasonsOf([...all, ...checkIgnores(check)], instructions),
    problems,
    checksAreErrors: /(?:^|;)\s*error\s*=\s*true\s*(?:;|$)/i.test(check),
  };
}

/** Looks comments up by the instruction that they cover, so that the time does not grow with their product. */
function reasonsOf(all: readonly Ignore[], instructions: readonly Instruction[]): Ignores['reasonFor'] {
  const place = (line: number) => instructionAt(instructions, line)?.line ?? Infinity;
  const byPlace = new Map<number | 'file', Map<string, Ignore>>();
  for (const ignore of all) {
    const key = ignore.isGlobal ? 'file' : place(ignore.line);
    const byId = byPlace.get(key) ?? new Map<string, Ignore>();
    for (const id of ignore.ids) if (!byId.has(id)) byId.set(id, ignore);
    byPlace.set(key, byId);
  }
  return ({ rule, line, also }) => {
    const isCheck = rule.startsWith('buildkit/') || ruleOf(rule)?.buildkit !== undefined;
    const ids = [rule, ...also, ...(isCheck ? [everyCheck] : [])];
    for (const key of [place(line), 'file'] as const)
      for (const id of ids) {
        const ignore = byPlace.get(key)?.get(id);
        if (ignore !== undefined) return ignore.reason || `${ignore.by} comment in line ${ignore.line}`;
      }
    return undefined;
  };
}

function heredocLines(instructions: readonly Instruction[]): ReadonlySet<number> {
  return new Set(
    instructions.flatMap(({ heredocs }) =>
      heredocs.flatMap(({ line, lines }) => lines.map((_, index) => line + index)),
    ),
  );
}

function ignoreOf(
  { tool = '', global, ids = '', reason = '' }: Readonly<Record<string, string | undefined>>,
  line: number,
): Ignore {
  const by = tool.toLowerCase() === 'hadolint' ? 'hadolint' : 'towpath';
  const names = ids.split(',').map((id) => id.trim());
  return {
    line,
    by,
    ids: new Set(
      by === 'towpath'
        ? names
        : names.flatMap((name) => [`hadolint/${name}`, ...equivalents('hadolint', name)]),
    ),
    reason: reason.trim(),
    isGlobal: global !== undefined,
  };
}

function problemOf({ ids, reason, line }: Ignore): IgnoreProblem | undefined {
  const unknown = [...ids].find(
    (id) => !/^(?:hadolint|buildkit)\//.test(id) && !(ruleIds as readonly string[]).includes(id),
  );
  if (unknown !== undefined)
    return { line, message: `There is no rule ${unknown}.`, hint: suggest(unknown, ruleIds) };
  if (reason !== '') return undefined;
  return {
    line,
    message: `The ignore of ${[...ids].join(', ')} has no reason, so it does not apply.`,
    hint: `Add the reason: # towpath ignore=${[...ids].join(',')} why it is right here.`,
  };
}

/** Reads `skip=` of the directive `# check=` (Docker docs, "Build checks"). */
function checkIgnores(check: string): readonly Ignore[] {
  const skip = /(?:^|;)\s*skip\s*=\s*(?<names>[^;]*)/i.exec(check)?.groups?.names;
  if (skip === undefined) return [];
  const names = skip
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const isAll = names.some((name) => name.toLowerCase() === 'all');
  const ids = isAll
    ? [everyCheck]
    : names.flatMap((name) => [`buildkit/${name}`, ...equivalents('buildkit', name)]);
  return [{ line: 1, by: 'buildkit', ids: new Set(ids), reason: '# check=skip', isGlobal: true }];
}
