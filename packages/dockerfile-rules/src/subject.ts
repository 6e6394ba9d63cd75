import {
  directives,
  expand,
  flagValues,
  globalsOf,
  neededStages,
  readDockerfile,
  readStages,
  sourcesOf,
  StageVariables,
  type Expanded,
  type Instruction,
  type StagedDockerfile,
} from '@towpath/dockerfile';
import { parsePlatform, parseReference, type Platform, type Reference } from '@towpath/reference';
import type { LintOptions } from './options.ts';

/** An instruction of a stage. */
export interface Step {
  /** That of an `ONBUILD` is the instruction after it, with the lines of the file. */
  readonly instruction: Instruction;
  readonly isTrigger: boolean;
  /** Expands a word with the variables before the instruction. */
  readonly expand: (word: string) => Expanded;
  /** Whether an `ARG` or `ENV` of the Dockerfile, or a base image, may set a variable before the instruction. */
  readonly isSet: (name: string) => 'yes' | 'maybe' | 'no';
}

/** A stage of a Dockerfile. */
export interface LintStage {
  readonly index: number;
  /** In lower case. */
  readonly name: string | undefined;
  readonly line: number;
  /** As written. */
  readonly base: string;
  /** The base with its variables expanded: several if it differs between platforms. */
  readonly bases: readonly string[];
  /** Variables of the base without a value. */
  readonly missing: readonly string[];
  readonly parent: LintStage | undefined;
  readonly platform: string | undefined;
  readonly steps: readonly Step[];
  /** Whether the target needs it. */
  readonly isNeeded: boolean;
  /** Whether its layers are in the image. */
  readonly isShipped: boolean;
  /** Whether a named context replaces it, or its base. */
  readonly isReplaced: boolean;
}

/** An image that a Dockerfile pulls. */
export interface Pull {
  readonly line: number;
  /** The word of the line that contains the image: that of `FROM`, or a whole flag. */
  readonly word: string;
  /** The image in the word, as written. */
  readonly written: string;
  /** With its variables expanded. */
  readonly image: string;
  readonly reference: Reference;
  readonly by: 'FROM' | 'COPY --from' | 'RUN --mount';
}

/** A Dockerfile with everything that rules ask about it. */
export interface Subject {
  readonly text: string;
  /** Without carriage returns at the end. */
  readonly lines: readonly string[];
  readonly escape: string;
  readonly instructions: readonly Instruction[];
  /** The instructions before the first stage. */
  readonly globals: readonly Instruction[];
  readonly globalNames: ReadonlySet<string>;
  readonly stages: readonly LintStage[];
  /** The stages of each name, in order. */
  readonly stagesByName: ReadonlyMap<string, readonly LintStage[]>;
  readonly pulls: readonly Pull[];
  /** Whether another program than BuildKit's own frontend parses the file. */
  readonly hasOwnFrontend: boolean;
  readonly options: LintOptions;
}

const usual = parsePlatform('linux/amd64');

/** @throws CodedError `dockerfile-invalid` if a variable or a stage exceeds a limit */
export function readSubject(text: string, options: LintOptions = {}): Subject {
  const { escape, instructions } = readDockerfile(text);
  const staged = readStages(text);
  const lines = text.split('\n').map((line) => line.replace(/\r$/, ''));
  const scopes = scopesOf(staged, options);
  const stages = readLintStages(staged, scopes, options);
  const named = stages.flatMap((stage) => (stage.name === undefined ? [] : [[stage.name, stage] as const]));
  const stagesByName = new Map(
    [...Map.groupBy(named, ([name]) => name)].map(([name, all]) => [name, all.map(([, stage]) => stage)]),
  );
  const globalNames = new Set(
    staged.globals
      .filter(({ keyword }) => keyword === 'ARG')
      .flatMap(({ words }) => words.map(({ text: word }) => word.replace(/=.*$/s, ''))),
  );
  return {
    text,
    lines,
    escape,
    instructions,
    globals: staged.globals,
    globalNames,
    stages,
    stagesByName,
    pulls: pullsOf(stages, stagesByName, options),
    hasOwnFrontend: isForeign(directives(text).get('syntax') ?? ''),
    options,
  };
}

function isForeign(syntax: string): boolean {
  return syntax !== '' && !/(?:^|\/)docker\/dockerfile(?:-upstream)?(?:[:@\s]|$)/.test(syntax);
}

type Scopes = readonly ReadonlyMap<string, string>[];

function scopesOf(staged: StagedDockerfile, options: LintOptions): Scopes {
  const platforms = options.platforms ?? [];
  return globalsOf(staged, {
    args: options.args ?? new Map(),
    platforms: platforms.length === 0 ? listed(usual) : platforms,
    buildPlatform: usual,
    target: options.target,
  });
}

function listed(platform: Platform | undefined): readonly Platform[] {
  return platform === undefined ? [] : [platform];
}

function readLintStages(
  staged: StagedDockerfile,
  scopes: Scopes,
  options: LintOptions,
): readonly LintStage[] {
  const contexts = options.contexts ?? new Set<string>();
  const needed = new Set<number>();
  const shipped = new Set<number>();
  for (const globals of scopes) {
    const found = neededStages(staged, { globals, target: options.target, contexts });
    const byStage = new Map(found.map((one) => [one.stage, one]));
    const others = (options.otherTargets ?? []).flatMap((target) =>
      neededStages(staged, { globals, target, contexts }),
    );
    for (const { stage } of [...found, ...others]) needed.add(stage.line);
    for (let next = found.at(-1); next !== undefined && !shipped.has(next.stage.line);) {
      shipped.add(next.stage.line);
      next = next.parent && byStage.get(next.parent);
    }
  }
  const [first = new Map<string, string>()] = scopes;
  const scope = { args: options.args ?? new Map(), globals: first, escape: staged.escape, copied: 0 };
  const byName = new Map<string, { stage: LintStage; variables: StageVariables }>();
  return staged.stages.map((stage, index) => {
    const missing: string[] = [];
    const bases = scopes.map((globals) =>
      expand(
        stage.base,
        (name) => {
          const value = globals.get(name);
          if ((value === undefined || value === '') && !hasDefault(stage.base, name)) missing.push(name);
          return value;
        },
        staged.escape,
      ),
    );
    const above = byName.get((bases[0] ?? '').toLowerCase());
    const isScratch = bases.every((base) => base === 'scratch');
    const variables = new StageVariables(scope, above?.variables ?? (isScratch ? 'scratch' : 'image'));
    const read: LintStage = {
      index,
      name: stage.name,
      line: stage.line,
      base: stage.base,
      bases: [...new Set(bases)],
      missing: [...new Set(missing)],
      parent: above?.stage,
      platform: stage.platform,
      steps: stage.instructions.map((one) => stepOf(one, variables, staged.escape)),
      isNeeded: needed.has(stage.line),
      isShipped: shipped.has(stage.line),
      isReplaced:
        (stage.name !== undefined && contexts.has(stage.name)) ||
        bases.some((base) => isContext(base, contexts)),
    };
    if (stage.name !== undefined) byName.set(stage.name, { stage: read, variables });
    return read;
  });
}

/** Whether the word gives a variable a default: `${BASE:-node}`. */
function hasDefault(word: string, name: string): boolean {
  return ['-', ':-'].some((operator) => word.includes(`\${${name}${operator}`));
}

/** BuildKit matches a named context by the name as written and by its full reference. */
function isContext(name: string, contexts: ReadonlySet<string>): boolean {
  if (contexts.size === 0) return false;
  const full = (one: string) => JSON.stringify(parseReference(one));
  return contexts.has(name.toLowerCase()) || [...contexts].some((one) => full(one) === full(name));
}

/** The instructions whose words rules expand. */
const expanding = new Set(['ADD', 'COPY', 'ENV', 'EXPOSE', 'STOPSIGNAL', 'USER', 'WORKDIR', 'ARG', 'LABEL']);

function stepOf(written: Instruction, variables: StageVariables, escape: string): Step {
  const isTrigger = written.keyword === 'ONBUILD';
  const instruction = isTrigger ? triggerOf(written, escape) : written;
  const words = [...instruction.words.map(({ text }) => text), ...flagValues(instruction, 'checksum')];
  // The variables change with later instructions, so words are expanded now.
  const known = new Map(
    expanding.has(instruction.keyword) ? words.map((word) => [word, variables.expand(word)] as const) : [],
  );
  const names = new Map(namesIn(instruction).map((name) => [name, isSetIn(variables, name)] as const));
  variables.take(written);
  return {
    instruction,
    isTrigger,
    expand: (word) => known.get(word) ?? { text: word, isUncertain: word.includes('$') },
    isSet: (name) => names.get(name) ?? 'maybe',
  };
}

/** Returns the names of the variables in the text of an instruction, without its heredocs. */
function namesIn({ words, flags }: Instruction): readonly string[] {
  const texts = [...words.map(({ text }) => text), ...flags];
  return [
    ...new Set(texts.flatMap((text) => Array.from(text.matchAll(/\$\{?(\w+)/g), ([, name = '']) => name))),
  ];
}

function isSetIn(variables: StageVariables, name: string): 'yes' | 'maybe' | 'no' {
  const { text, isUncertain } = variables.expand(`\${${name}+x}`);
  return text === 'x' ? 'yes' : isUncertain ? 'maybe' : 'no';
}

/** Returns the instruction after `ONBUILD`, with the lines of the file. */
function triggerOf(written: Instruction, escape: string): Instruction {
  const trigger = written.source.replace(/^\s*ONBUILD\s+/i, '');
  const [inner] = readDockerfile(`# escape=${escape}\n${trigger}`).instructions;
  if (inner === undefined) return written;
  const offset = written.line - 2;
  return {
    ...inner,
    line: written.line,
    lastLine: written.lastLine,
    words: inner.words.map((word) => ({ ...word, line: word.line + offset })),
    heredocs: inner.heredocs.map((one) => ({ ...one, line: one.line + offset })),
  };
}

function pullsOf(
  stages: readonly LintStage[],
  stagesByName: Subject['stagesByName'],
  options: LintOptions,
): readonly Pull[] {
  const contexts = options.contexts ?? new Set<string>();
  return stages.flatMap((stage) => {
    const own = stage.parent === undefined && !stage.isReplaced && stage.missing.length === 0;
    const from = own
      ? stage.bases.flatMap((base) => pull(stage.line, stage.base, stage.base, base, 'FROM'))
      : [];
    const copied = stage.steps.flatMap(({ instruction }) =>
      sourcesOf(instruction).flatMap(({ name, byNumber }) => {
        const isStage = stagesByName.has(name.toLowerCase()) || (byNumber && /^\d+$/.test(name));
        if (isStage || name.includes('$') || isContext(name, contexts)) return [];
        const flag = instruction.flags.find((one) => one.includes(`from=${name}`)) ?? '';
        const line = lineOfFlag(instruction, flag);
        return pull(line, flag, name, name, instruction.keyword === 'COPY' ? 'COPY --from' : 'RUN --mount');
      }),
    );
    return [...from, ...copied];
  });
}

/** Flags have no position of their own. */
function lineOfFlag({ source, line }: Instruction, flag: string): number {
  const index = source.split('\n').findIndex((text) => text.includes(flag));
  return line + Math.max(0, index);
}

function pull(line: number, word: string, written: string, image: string, by: Pull['by']): readonly Pull[] {
  const reference = image === 'scratch' || image === '' ? undefined : parseReference(image);
  return reference === undefined ? [] : [{ line, word, written, image, reference, by }];
}
