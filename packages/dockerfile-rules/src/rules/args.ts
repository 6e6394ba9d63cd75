import { nearest, suggest } from '@towpath/errors';
import { isBuilderArg, isPlatformArg } from '@towpath/proxy';
import type { Hit, Rule } from '../rule.ts';
import type { LintStage, Step, Subject } from '../subject.ts';
import { referencesIn, variablesOf } from '../variables.ts';
import { ownSteps } from './parts.ts';

export const argUndeclared: Rule = {
  id: 'arg-undeclared',
  since: 1,
  severity: 'warning',
  title: 'A build arg of the configuration is not declared',
  why: 'BuildKit ignores a build arg that no `ARG` declares, and prints no message.',
  fix: 'Declare it with `ARG` in the stage that uses it, or remove it from `args` of the image.',
  example: {
    bad: "# towpath.yaml has args: { VERSION: '1' }\nFROM alpine:3.22\nARG VERSON\n",
    good: "# towpath.yaml has args: { VERSION: '1' }\nFROM alpine:3.22\nARG VERSION\n",
    options: { args: new Map([['VERSION', '1']]) },
  },
  check: function* (subject) {
    if (subject.hasOwnFrontend) return;
    const declared = new Set(
      ownSteps(subject)
        .filter(({ instruction }) => instruction.keyword === 'ARG')
        .flatMap(({ instruction }) => variablesOf(instruction).map(({ name }) => name)),
    );
    for (const arg of subject.options.args?.keys() ?? [])
      if (!declared.has(arg) && !isBuilderArg(arg))
        yield {
          line: subject.stages[0]?.line ?? 1,
          message: `The configuration sets the build arg ${arg}, but no ARG declares it.`,
          hint: declared.size === 0 ? `Add ARG ${arg}, or remove it from args.` : suggest(arg, [...declared]),
        };
  },
};

/** The instructions in which BuildKit expands variables (Dockerfile reference, "Environment replacement"). */
const expanded = new Set([
  'ADD',
  'COPY',
  'ENV',
  'EXPOSE',
  'LABEL',
  'STOPSIGNAL',
  'USER',
  'VOLUME',
  'WORKDIR',
  'ARG',
]);

export const argScope: Rule = {
  id: 'arg-scope',
  since: 1,
  severity: 'warning',
  title: 'A variable is used where it is not declared',
  why: 'An `ARG` before the first `FROM` is only for `FROM` lines, and an `ARG` of a stage ends with the stage. `TARGETARCH` and the other platform arguments need an `ARG` in the stage as well. Elsewhere the variable is empty, and the build continues without a message.',
  fix: 'Repeat `ARG NAME` in the stage, before its use. It keeps the value from before the first `FROM`.',
  example: {
    bad: 'ARG VERSION=1\nFROM alpine:3.22\nLABEL version=$VERSION\n',
    good: 'ARG VERSION=1\nFROM alpine:3.22\nARG VERSION\nLABEL version=$VERSION\n',
  },
  buildkit: ['UndefinedVar', 'UndefinedArgInFrom', 'InvalidDefaultArgInFrom'],
  check: function* (subject) {
    yield* inFrom(subject);
    for (const stage of subject.stages) {
      const later = declaredLines(stage);
      for (const step of stage.steps) if (!step.isTrigger) yield* inStep(step, later, subject);
    }
  },
};

/** Names to compare a mistyped one with. The comparison of more takes too long. */
const maxSuggested = 100;

function* inFrom({ stages, globalNames, options }: Subject): Iterable<Hit> {
  for (const { base, platform = '', line, missing } of stages) {
    // `${NAME:-default}` has a value of its own.
    const names = new Set([...referencesIn(base), ...referencesIn(platform)]);
    for (const name of names) {
      if (globalNames.has(name) || isBuilderArg(name) || hasDefault(`${base} ${platform}`, name)) {
        const isEmpty = globalNames.has(name) && missing.includes(name) && options.args !== undefined;
        if (isEmpty && !options.args.has(name) && !hasDefault(base, name))
          yield {
            line,
            message: `FROM uses ${name}, which has no default and no value in args.`,
            hint: `Write ARG ${name}=… with a default before the first FROM.`,
          };
        continue;
      }
      const meant = nearest(name, globalNames.size > maxSuggested ? [] : [...globalNames]);
      yield {
        line,
        severity: 'warning',
        message: `FROM uses ${name}, which no ARG before the first FROM declares.`,
        hint: meant === undefined ? `Add ARG ${name} before the first FROM.` : `Did you mean ${meant}?`,
      };
    }
  }
}

function hasDefault(text: string, name: string): boolean {
  return new RegExp(`\\$\\{${name}:?[-+]`).test(text);
}

/** Returns the first line that declares each variable of a stage. */
function declaredLines({ steps }: LintStage): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const { instruction } of steps)
    if (instruction.keyword === 'ARG' || instruction.keyword === 'ENV')
      for (const { name, line } of variablesOf(instruction)) if (!found.has(name)) found.set(name, line);
  return found;
}

function* inStep(
  { instruction, isSet }: Step,
  declared: ReadonlyMap<string, number>,
  { globalNames }: Subject,
): Iterable<Hit> {
  const { keyword, words } = instruction;
  const isRun = keyword === 'RUN';
  if (!isRun && !expanded.has(keyword)) return;
  const set = isRun ? shellNames(words.map(({ text }) => text)) : new Set<string>();
  const seen = new Set<string>();
  for (const { text, line } of words) {
    if (isRun && /^'.*'$/s.test(text)) continue;
    for (const name of referencesIn(text)) {
      const isPredefined = isBuilderArg(name) && !isPlatformArg(name);
      if (seen.has(name) || isPredefined || set.has(name) || isSet(name) === 'yes') continue;
      if (hasDefault(text, name)) continue;
      seen.add(name);
      const hit = undeclared(name, line, isRun, isSet(name), declared, globalNames);
      if (hit !== undefined) yield hit;
    }
  }
}

function undeclared(
  name: string,
  line: number,
  isRun: boolean,
  isSet: 'yes' | 'maybe' | 'no',
  declared: ReadonlyMap<string, number>,
  globalNames: ReadonlySet<string>,
): Hit | undefined {
  const below = declared.get(name);
  if (below !== undefined && below > line)
    return {
      line,
      message: `${name} is used before line ${below} declares it.`,
      hint: `Move the declaration of ${name} above its use.`,
    };
  if (globalNames.has(name))
    return {
      line,
      message: `${name} is empty here: its ARG is before the first FROM, and only FROM lines see it.`,
      hint: `Add ARG ${name} to the stage, before its use.`,
    };
  if (isPlatformArg(name))
    return {
      line,
      message: `${name} is empty here: BuildKit sets it only where an ARG of the stage declares it.`,
      hint: `Add ARG ${name} to the stage, before its use.`,
    };
  // The base image may set it, and a shell has variables of its own.
  if (isRun || isSet !== 'no') return undefined;
  const meant = nearest(name, declared.size > maxSuggested ? [] : [...declared.keys()]);
  return {
    line,
    message: `${name} is not declared, so it is empty.`,
    hint: meant === undefined ? `Add ARG ${name} to the stage, before its use.` : `Did you mean ${meant}?`,
  };
}

/** Returns the variables that a script sets itself. */
function shellNames(words: readonly string[]): ReadonlySet<string> {
  const text = words.join(' ');
  const assigned = Array.from(text.matchAll(/(?:^|[\s;&|("'`])(\w{1,100})=/g), ([, name = '']) => name);
  const bound = Array.from(
    text.matchAll(/\b(?:for|read|export|local|getopts)(?:\s+-\w+)*\s+(\w{1,100})/g),
    ([, name = '']) => name,
  );
  return new Set([...assigned, ...bound]);
}
