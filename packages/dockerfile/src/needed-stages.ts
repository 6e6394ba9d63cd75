import { expand } from './expand.ts';
import { sourcesOf, type Stage, type StagedDockerfile } from './stages.ts';

/** A stage that the target needs, as BuildKit reads it with the arguments of one platform. */
export interface NeededStage {
  readonly stage: Stage;
  /** The image that it starts from, with its arguments filled in; absent when it starts from a stage or from nothing. */
  readonly image?: string;
  /** What it runs on, with the arguments filled in: of a stage that starts from another one that stage's. */
  readonly platform: string;
  /** The images that its `COPY --from` and `RUN --mount=from` name. */
  readonly copied: readonly string[];
  /** A named context has its name, and takes its place: nothing of it is built. */
  readonly isReplaced: boolean;
}

export interface StageOptions {
  /** The arguments that `FROM` lines can use, by name. */
  readonly globals: ReadonlyMap<string, string>;
  /** The name or the number of the stage that is built; the last one when undefined. */
  readonly target?: string;
  /** Names of contexts, in lower case: one with the name of a stage takes its place, steps and all. */
  readonly contexts?: ReadonlySet<string>;
}

/**
 * The stages that a target needs, in their order: BuildKit looks at no others, and pulls nothing for them
 * (moby/buildkit, dockerfile2llb, `resolveReachableStages`). None when there is no such target.
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
  const needed = new Set<number>();
  const left = [indexOfTarget(stages, target)];
  for (let index = left.pop(); index !== undefined; index = left.pop()) {
    const one = read[index];
    if (one === undefined || needed.has(index)) continue;
    needed.add(index);
    const sources = one.isReplaced ? [] : one.stage.instructions.flatMap(sourcesOf);
    left.push(one.parent ?? -1, ...sources.map((name) => indexOfSource(name, byName)));
  }
  return [...needed]
    .sort((one, other) => one - other)
    .flatMap((index) => read[index] ?? [])
    .map(({ stage, image, platform, isReplaced }) => ({
      stage,
      ...(image !== undefined && !isReplaced && { image }),
      platform,
      isReplaced,
      copied: (isReplaced ? [] : stage.instructions.flatMap(sourcesOf)).filter(
        (name) => indexOfSource(name, byName) < 0 && isImage(name),
      ),
    }));
}

interface ReadStage {
  readonly stage: Stage;
  /** Of the stage that it starts from. */
  readonly parent?: number;
  readonly image?: string;
  readonly platform: string;
  /** By a named context. */
  readonly isReplaced: boolean;
}

/** A stage starts from the last one above that has the name; below it the name may be that of an image. */
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
      // What stands beside the name of a stage counts for nothing.
      platform: read[parent ?? -1]?.platform ?? fill(stage.platform ?? '$TARGETPLATFORM'),
    });
    if (stage.name !== undefined) above.set(stage.name, index);
  }
  return read;
}

/** A target is a name, whatever its case, or a number (Docker docs, "docker build --target"). */
export function indexOfTarget(stages: readonly Stage[], target: string | undefined): number {
  if (target === undefined) return stages.length - 1;
  const byName = stages.findLastIndex(({ name }) => name === target.toLowerCase());
  return byName < 0 && isNumber(target) ? Number(target) : byName;
}

/** Stages are copied from by name or by number, wherever they stand; an image is none: -1. */
function indexOfSource(name: string, byName: ReadonlyMap<string, number>): number {
  return byName.get(name.toLowerCase()) ?? (isNumber(name) ? Number(name) : -1);
}

function isNumber(text: string): boolean {
  return /^\d{1,9}$/.test(text);
}

function isImage(name: string): boolean {
  return name !== '' && name !== 'scratch';
}
