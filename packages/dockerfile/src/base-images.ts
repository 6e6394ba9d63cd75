import { formatPlatform, type Platform } from '@towpath/reference';
import { expand } from './expand.ts';
import { neededStages, type NeededStage } from './needed-stages.ts';
import { readStages, type StagedDockerfile } from './stages.ts';

/** The options of a build that change how a Dockerfile is read. */
export interface BuildOptions {
  readonly args: ReadonlyMap<string, string>;
  /** The platforms to build. If they are unknown: an empty list, and BuildKit's platform arguments are empty. */
  readonly platforms: readonly Platform[];
  /** The platform of the builder, if known. */
  readonly buildPlatform?: Platform | undefined;
  /** The stage to build. Default: the last one. */
  readonly target?: string | undefined;
  /** The names of named contexts, in lower case. A context replaces the stage of the same name. */
  readonly contexts?: ReadonlySet<string>;
}

/** The base image of a stage on one platform. */
export interface Base {
  readonly image: string;
  readonly platform: string;
  /** The line of the `FROM`, from 1. */
  readonly line: number;
}

/** A `RUN` step that a build executes. */
export interface RunStep {
  /** The platform the step runs on, with its arguments expanded. Empty for the builder's own platform. */
  readonly platform: string;
  /** The line of the `RUN`, from 1. */
  readonly line: number;
}

/** The arguments available to `FROM` lines, by name. */
export type Globals = ReadonlyMap<string, string>;

/**
 * Returns the images that a build pulls on any of its platforms: those of `FROM`, `COPY --from` and `RUN --mount=from`,
 * with their arguments expanded. Skips `scratch`, other stages, and stages that the target does not need.
 */
export function baseImages(text: string, options: BuildOptions): readonly string[] {
  const images = needed(text, options).flatMap(({ image, copied }) =>
    image === undefined ? copied : [image, ...copied],
  );
  return [...new Set(images)];
}

/** Returns the base images of the needed stages, for each platform. */
export function bases(text: string, options: BuildOptions): readonly Base[] {
  return needed(text, options).flatMap(({ image, platform, stage: { line } }) =>
    image === undefined ? [] : [{ image, platform, line }],
  );
}

/** Returns the `RUN` steps of a build for each platform. `--platform` can make a step run on another platform. */
export function runSteps(text: string, options: BuildOptions): readonly RunStep[] {
  return needed(text, options).flatMap(({ platform, instructions }) =>
    instructions.filter(({ keyword }) => keyword === 'RUN').map(({ line }) => ({ platform, line })),
  );
}

/** A use of an image or a named context in a build, on one platform. */
export interface OutsideUse {
  /** The name with its arguments expanded. If a context replaces a stage: the name of the stage, in lower case. */
  readonly name: string;
  readonly platform: string;
  /** The line of the stage's `FROM`, from 1. */
  readonly line: number;
}

/** Returns all images and named contexts that a build uses. Sources of `COPY --from` have the target platform. */
export function outsideUses(text: string, options: BuildOptions): readonly OutsideUse[] {
  const dockerfile = readStages(text);
  const { target, contexts } = options;
  return globalsOf(dockerfile, options).flatMap((globals) => {
    const built = globals.get('TARGETPLATFORM') ?? '';
    return neededStages(dockerfile, { globals, target, contexts }).flatMap(
      ({ stage: { name = '', line }, image, platform, copied, isReplaced }) => [
        ...(isReplaced ? [{ name, platform, line }] : []),
        ...(image === undefined ? [] : [{ name: image, platform, line }]),
        ...copied.map((one) => ({ name: one, platform: built, line })),
      ],
    );
  });
}

function needed(text: string, options: BuildOptions): readonly NeededStage[] {
  const dockerfile = readStages(text);
  const { target, contexts } = options;
  return globalsOf(dockerfile, options).flatMap((globals) =>
    neededStages(dockerfile, { globals, target, contexts }),
  );
}

/** Returns the arguments available to `FROM` lines, once for each platform. */
export function globalsOf(
  dockerfile: StagedDockerfile,
  { args, platforms, buildPlatform, target }: BuildOptions,
): readonly Globals[] {
  const stage = target ?? dockerfile.stages.at(-1)?.name ?? 'default';
  const common = [...platformArgs('BUILD', buildPlatform), ['TARGETSTAGE', stage] as const];
  return (platforms.length === 0 ? [undefined] : platforms).map((platform) => {
    const predefined = new Map([...common, ...platformArgs('TARGET', platform)]);
    return globalArgs(dockerfile, args, predefined);
  });
}

/** Returns the names of the stages, in lower case. A named context replaces the stage of the same name. */
export function stageNames(text: string): ReadonlySet<string> {
  return new Set(readStages(text).stages.flatMap(({ name }) => name ?? []));
}

/** Returns the predefined platform arguments (Dockerfile reference, "Automatic platform ARGs in the global scope"). */
function platformArgs(kind: 'BUILD' | 'TARGET', platform: Platform | undefined): Globals {
  if (platform === undefined) return new Map();
  return new Map([
    [`${kind}PLATFORM`, formatPlatform(platform)],
    [`${kind}OS`, platform.os],
    [`${kind}ARCH`, platform.architecture],
    [`${kind}VARIANT`, platform.variant ?? ''],
  ]);
}

/** Returns the predefined arguments and those declared before the first stage. Build args replace their defaults. */
function globalArgs(
  { globals: before, escape }: StagedDockerfile,
  args: ReadonlyMap<string, string>,
  predefined: Globals,
): Globals {
  const globals = new Map([...predefined].map(([name, value]) => [name, args.get(name) ?? value]));
  const words = before.filter(({ keyword }) => keyword === 'ARG').flatMap((arg) => arg.words);
  for (const { text } of words) {
    const [, name = '', written] = /^([^=]*)(?:=(.*))?$/s.exec(text) ?? [];
    const byDefault = written === undefined ? undefined : expand(written, (one) => globals.get(one), escape);
    const value = args.get(name) ?? byDefault;
    if (value !== undefined) globals.set(name, value);
  }
  return globals;
}
