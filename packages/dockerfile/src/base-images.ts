import { formatPlatform, type Platform } from '@towpath/reference';
import { expand } from './expand.ts';
import { readStages, sourcesOf, type Stage, type StagedDockerfile } from './stages.ts';

/** What a build gives a Dockerfile from outside. */
export interface BuildOptions {
  readonly args: ReadonlyMap<string, string>;
  /** Empty: they are not known, and the arguments that BuildKit makes of them are empty. */
  readonly platforms: readonly Platform[];
  /** The platform of the builder itself, where it is known. */
  readonly buildPlatform?: Platform;
  /** The stage that is built; the last one when undefined. */
  readonly target?: string;
}

/** An image that a stage starts from, and the platform that it does so for. */
export interface Base {
  readonly image: string;
  readonly platform: string;
  /** From 1, of the `FROM`. */
  readonly line: number;
}

/** The arguments that `FROM` lines can use, by name. */
type Globals = ReadonlyMap<string, string>;

/**
 * The images that a Dockerfile takes from outside, as written once its arguments are filled in: by `FROM`,
 * `COPY --from` and `RUN --mount=from`, on any of the platforms. Stages and `scratch` are none. Stages that the
 * target does not need are counted too: BuildKit would not pull them.
 */
export function baseImages(
  text: string,
  { args, platforms, buildPlatform, target }: BuildOptions,
): readonly string[] {
  const dockerfile = readStages(text);
  const options = { args, platforms, buildPlatform, target };
  return [
    ...new Set(globalsOf(dockerfile, options).flatMap((globals) => outsideImages(dockerfile, globals))),
  ];
}

/** The images that stages start from, for each platform that they are to be of. */
export function bases(text: string, options: BuildOptions): readonly Base[] {
  const dockerfile = readStages(text);
  return globalsOf(dockerfile, options).flatMap((globals) =>
    outsideStages(dockerfile, globals).map(({ image, stage: { platform = '$TARGETPLATFORM', line } }) => ({
      image,
      platform: expand(platform, (name) => globals.get(name), dockerfile.escape),
      line,
    })),
  );
}

/** The arguments of the `FROM` lines, once for each platform. */
function globalsOf(
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

function outsideImages(dockerfile: StagedDockerfile, globals: Globals): string[] {
  const names = dockerfile.stages.map(({ name }) => name);
  const others = dockerfile.stages
    .flatMap(({ instructions }) => instructions.flatMap(sourcesOf))
    .filter((image) => !names.includes(image.toLowerCase()) && !/^\d+$/.test(image));
  return [...outsideStages(dockerfile, globals).map(({ image }) => image), ...others].filter(isImage);
}

/** The stages that start from outside: above it is no stage of that name, as in `FROM alpine AS alpine`. */
function outsideStages(
  { stages, escape }: StagedDockerfile,
  globals: Globals,
): readonly { readonly image: string; readonly stage: Stage }[] {
  const names = stages.map(({ name }) => name);
  return stages
    .map((stage) => ({ image: expand(stage.base, (name) => globals.get(name), escape), stage }))
    .filter(({ image }, index) => isImage(image) && !names.slice(0, index).includes(image.toLowerCase()));
}

function isImage(name: string): boolean {
  return name !== '' && name !== 'scratch';
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
