import { formatPlatform, type Platform } from '@towpath/reference';
import { expand } from './expand.ts';
import { neededStages, type NeededStage } from './needed-stages.ts';
import { readStages, type StagedDockerfile } from './stages.ts';

/** What a build gives a Dockerfile from outside. */
export interface BuildOptions {
  readonly args: ReadonlyMap<string, string>;
  /** Empty: they are not known, and the arguments that BuildKit makes of them are empty. */
  readonly platforms: readonly Platform[];
  /** The platform of the builder itself, where it is known. */
  readonly buildPlatform?: Platform | undefined;
  /** The stage that is built; the last one when undefined. */
  readonly target?: string | undefined;
  /** Names of contexts, in lower case: one with the name of a stage takes its place. */
  readonly contexts?: ReadonlySet<string>;
}

/** An image that a stage starts from, and the platform that it does so for. */
export interface Base {
  readonly image: string;
  readonly platform: string;
  /** From 1, of the `FROM`. */
  readonly line: number;
}

/** A `RUN` that a build needs. */
export interface RunStep {
  /** The platform that it runs on, as written once its arguments are filled in. Empty: the builder's own. */
  readonly platform: string;
  /** From 1. */
  readonly line: number;
}

/** The arguments that `FROM` lines can use, by name. */
export type Globals = ReadonlyMap<string, string>;

/**
 * The images that a build takes from outside, as written once the arguments are filled in: by `FROM`, `COPY --from` and
 * `RUN --mount=from`, on any of the platforms. Stages and `scratch` are none, and stages that the target does not need
 * do not count.
 */
export function baseImages(text: string, options: BuildOptions): readonly string[] {
  const images = needed(text, options).flatMap(({ image, copied }) =>
    image === undefined ? copied : [image, ...copied],
  );
  return [...new Set(images)];
}

/** The images that stages start from, for each platform that they are to be of. */
export function bases(text: string, options: BuildOptions): readonly Base[] {
  return needed(text, options).flatMap(({ image, platform, stage: { line } }) =>
    image === undefined ? [] : [{ image, platform, line }],
  );
}

/** The steps that run a program, for each platform that is built: what they run on need not be that platform. */
export function runSteps(text: string, options: BuildOptions): readonly RunStep[] {
  return needed(text, options).flatMap(({ platform, stage, isReplaced }) =>
    (isReplaced ? [] : stage.instructions)
      .filter(({ keyword }) => keyword === 'RUN')
      .map(({ line }) => ({ platform, line })),
  );
}

/** What a build takes from outside under a name, be it an image or a named context, for a platform. */
export interface OutsideUse {
  /** As written, once its arguments are filled in; of a stage whose place a context takes, the stage's, in lower case. */
  readonly name: string;
  readonly platform: string;
  /** From 1, of the `FROM` of the stage. */
  readonly line: number;
}

/** All that a build takes from outside by a name: what is copied from is of the platform that is built. */
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

/** The arguments of the `FROM` lines, once for each platform. */
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

/** The names of the stages, in lower case: BuildKit does not tell them from named contexts. */
export function stageNames(text: string): ReadonlySet<string> {
  return new Set(readStages(text).stages.flatMap(({ name }) => name ?? []));
}

/** What BuildKit predefines (Dockerfile reference, "Automatic platform ARGs in the global scope"). */
function platformArgs(kind: 'BUILD' | 'TARGET', platform: Platform | undefined): Globals {
  if (platform === undefined) return new Map();
  return new Map([
    [`${kind}PLATFORM`, formatPlatform(platform)],
    [`${kind}OS`, platform.os],
    [`${kind}ARCH`, platform.architecture],
    [`${kind}VARIANT`, platform.variant ?? ''],
  ]);
}

/** The predefined arguments and those declared before the first stage: as given from outside, else by default. */
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
