import { CodedError } from '@towpath/errors';
import { expand } from './expand.ts';
import type { Instruction } from './instructions.ts';
import { sourcesOf, triggersOf, type Source, type Stage, type StagedDockerfile } from './stages.ts';

/** A stage that the target needs, with its arguments expanded for one platform. */
export interface NeededStage {
  readonly stage: Stage;
  /** The base stage. Absent if the base is an image or `scratch`. */
  readonly parent?: Stage;
  /** The steps: the `ONBUILD` instructions of the base stage, then those of the stage. None if it is replaced. */
  readonly instructions: readonly Instruction[];
  /** The base image. Absent if the base is another stage or `scratch`. */
  readonly image?: string;
  /** The platform of its steps. If the base is another stage: the platform of that stage. */
  readonly platform: string;
  /** The images of its `COPY --from` and `RUN --mount=from`. */
  readonly copied: readonly string[];
  /** Whether a named context replaces the stage, so that its steps do not run. */
  readonly isReplaced: boolean;
}

export interface StageOptions {
  /** The arguments available to `FROM` lines, by name. */
  readonly globals: ReadonlyMap<string, string>;
  /** The name or the number of the stage to build. Default: the last one. */
  readonly target?: string;
  /** The names of named contexts, in lower case. A context replaces the stage of the same name. */
  readonly contexts?: ReadonlySet<string>;
}

/** The `ONBUILD` instructions of all stages that a target needs, counted once for each stage that runs them. */
const maxTriggers = 100_000;

/**
 * Returns the stages that a target needs, in order, or none if the target does not exist. BuildKit ignores all other
 * stages and pulls nothing for them (moby/buildkit, dockerfile2llb, `resolveReachableStages`).
 *
 * @throws CodedError `dockerfile-invalid` if `ONBUILD` multiplies the steps beyond a limit
 */
export function neededStages(
  { stages, escape }: StagedDockerfile,
  { globals, target, contexts = new Set() }: StageOptions,
): readonly NeededStage[] {
  const fill = (text: string) => expand(text, (name) => globals.get(name), escape);
  const read = readAll(stages, fill, contexts);
  const byName = new Map(
    stages.flatMap(({ name }, index) => (name === undefined ? [] : [[name, index] as const])),
  );
  const stepsOf = stepsReader(read, escape);
  const needed = new Map<number, NeededStage>();
  const left = [indexOfTarget(stages, target)];
  for (let index = left.pop(); index !== undefined; index = left.pop()) {
    const one = read[index];
    if (one === undefined || needed.has(index)) continue;
    const { stage, image, platform, parent = -1, isReplaced } = one;
    const instructions = stepsOf(one);
    const sources = instructions.flatMap(sourcesOf);
    const copied = sources.filter((source) => indexOfSource(source, byName) < 0).map(({ name }) => name);
    needed.set(index, {
      stage,
      parent: stages[parent],
      instructions,
      ...(image !== undefined && !isReplaced && { image }),
      platform,
      isReplaced,
      copied: copied.filter(isImage),
    });
    left.push(parent, ...sources.map((source) => indexOfSource(source, byName)));
  }
  return [...needed].sort(([one], [other]) => one - other).map(([, stage]) => stage);
}

/** Reads the steps of stages. The triggers of a base stage are parsed once. */
function stepsReader(read: readonly ReadStage[], escape: string): (one: ReadStage) => readonly Instruction[] {
  const triggers = new Map<number, readonly Instruction[]>();
  let count = 0;
  return ({ stage, parent = -1, isReplaced }) => {
    if (isReplaced) return [];
    const base = read[parent];
    if (base === undefined || base.isReplaced) return stage.instructions;
    const own = triggers.get(parent) ?? triggersOf(base.stage, escape);
    triggers.set(parent, own);
    count += own.length;
    if (count > maxTriggers)
      throw new CodedError(
        'dockerfile-invalid',
        `The Dockerfile runs more than ${maxTriggers} ONBUILD instructions in its stages.`,
        { hint: 'Write the steps into the stages that need them.' },
      );
    // BuildKit reports a trigger at the FROM that runs it.
    return [...own.map((step) => ({ ...step, line: stage.line })), ...stage.instructions];
  };
}

interface ReadStage {
  readonly stage: Stage;
  /** The index of the base stage. */
  readonly parent?: number;
  readonly image?: string;
  readonly platform: string;
  /** Whether a named context replaces the stage. */
  readonly isReplaced: boolean;
}

/** Resolves the bases of all stages. A base is the last earlier stage of that name, or else an image. */
function readAll(
  stages: readonly Stage[],
  fill: (text: string) => string,
  contexts: ReadonlySet<string>,
): readonly ReadStage[] {
  const above = new Map<string, number>();
  const read: ReadStage[] = [];
  for (const [index, stage] of stages.entries()) {
    const base = fill(stage.base);
    const isReplaced = stage.name !== undefined && contexts.has(stage.name);
    const parent = isReplaced ? undefined : above.get(base.toLowerCase());
    read.push({
      stage,
      isReplaced,
      ...(parent !== undefined && { parent }),
      ...(parent === undefined && isImage(base) && { image: base }),
      // BuildKit ignores the platform of a FROM with a stage as its base.
      platform: read[parent ?? -1]?.platform ?? fill(stage.platform ?? '$TARGETPLATFORM'),
    });
    if (stage.name !== undefined) above.set(stage.name, index);
  }
  return read;
}

/** Finds a target by its name, ignoring case, or by its number (Docker docs, "docker build --target"). */
export function indexOfTarget(stages: readonly Stage[], target: string | undefined): number {
  if (target === undefined) return stages.length - 1;
  const byName = stages.findLastIndex(({ name }) => name === target.toLowerCase());
  return byName < 0 && isNumber(target) ? Number(target) : byName;
}

/** Finds a stage by its name or its number. Returns -1 for an image. */
function indexOfSource({ name, byNumber }: Source, byName: ReadonlyMap<string, number>): number {
  return byName.get(name.toLowerCase()) ?? (byNumber && isNumber(name) ? Number(name) : -1);
}

function isNumber(text: string): boolean {
  return /^\d{1,9}$/.test(text);
}

function isImage(name: string): boolean {
  return name !== '' && name !== 'scratch';
}
