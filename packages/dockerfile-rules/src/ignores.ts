import { directives, type Instruction } from '@towpath/dockerfile';
import { suggest } from '@towpath/errors';
import { ruleIds } from './ids.ts';
import { equivalents } from './rules.ts';

/** A comment that turns rules off. */
export interface Ignore {
  /** The line of the comment, from 1. */
  readonly line: number;
  /** The ids of rules, and names of other tools: `hadolint/DL3059`. */
  readonly ids: ReadonlySet<string>;
  readonly reason: string;
  /** The lines that it applies to. */
  readonly from: number;
  readonly to: number;
  readonly by: 'towpath' | 'hadolint' | 'buildkit';
}

/** A comment that cannot be applied. */
export interface IgnoreProblem {
  readonly line: number;
  readonly message: string;
  readonly hint: string;
}

export interface Ignores {
  readonly all: readonly Ignore[];
  readonly problems: readonly IgnoreProblem[];
  /** Whether `# check=error=true` makes the findings of BuildKit's checks errors. */
  readonly checksAreErrors: boolean;
}

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
      const ignore = ignoreOf(found, line, instructions, lines.length);
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
    all: [...all, ...checkIgnores(check, lines.length)],
    problems,
    checksAreErrors: /(?:^|;)\s*error\s*=\s*true\s*(?:;|$)/i.test(check),
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
  instructions: readonly Instruction[],
  last: number,
): Ignore {
  const by = tool.toLowerCase() === 'hadolint' ? 'hadolint' : 'towpath';
  const names = ids.split(',').map((id) => id.trim());
  const covered = instructions.find((one) => one.lastLine >= line);
  const isGlobal = global !== undefined;
  return {
    line,
    by,
    ids: new Set(
      by === 'towpath'
        ? names
        : names.flatMap((name) => [`hadolint/${name}`, ...equivalents('hadolint', name)]),
    ),
    reason: reason.trim(),
    from: isGlobal ? 1 : Math.min(covered?.line ?? line, line),
    to: isGlobal ? last : (covered?.lastLine ?? line),
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
function checkIgnores(check: string, last: number): readonly Ignore[] {
  const skip = /(?:^|;)\s*skip\s*=\s*(?<names>[^;]*)/i.exec(check)?.groups?.names;
  if (skip === undefined) return [];
  const names = skip
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const isAll = names.some((name) => name.toLowerCase() === 'all');
  const ids = isAll
    ? ['buildkit/*']
    : names.flatMap((name) => [`buildkit/${name}`, ...equivalents('buildkit', name)]);
  return [{ line: 1, by: 'buildkit', ids: new Set(ids), reason: '# check=skip', from: 1, to: last }];
}
