import { expand } from './expand.ts';
import { sourcesOf, type Stage, type StagedDockerfile } from './stages.ts';

/** A stage that the target needs, with its arguments expanded for one platform. */
export interface NeededStage {
  readonly stage: Stage;
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

/**
 * Returns the stages that a target needs, in order, or none if the target does not exist. BuildKit ignores all other
 * stages and pulls nothing for them (moby/buildkit, dockerfile2llb, `resolveReachableStages`).
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
function indexOfSource(name: string, byName: ReadonlyMap<string, number>): number {
  return byName.get(name.toLowerCase()) ?? (isNumber(name) ? Number(name) : -1);
}

function isNumber(text: string): boolean {
  return /^\d{1,9}$/.test(text);
}

function isImage(name: string): boolean {
  return name !== '' && name !== 'scratch';
}
