import { formatPlatform, type Platform } from '@towpath/reference';
import { DockerfileParser, ModifiableInstruction, type Dockerfile, type Flag } from 'dockerfile-ast';
import { expand } from './expand.ts';

/** What a build gives a Dockerfile from outside. */
export interface BuildOptions {
  readonly args: ReadonlyMap<string, string>;
  /** Empty: they are not known, and the arguments that BuildKit makes of them are empty. */
  readonly platforms: readonly Platform[];
  /** The platform of the builder itself, where it is known. */
  readonly buildPlatform?: Platform;
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
  { args, platforms, buildPlatform }: BuildOptions,
): readonly string[] {
  const dockerfile = DockerfileParser.parse(text);
  const build = platformArgs('BUILD', buildPlatform);
  const predefined: readonly Globals[] = (platforms.length === 0 ? [undefined] : platforms).map(
    (platform) => new Map([...build, ...platformArgs('TARGET', platform)]),
  );
  return [
    ...new Set(predefined.flatMap((some) => outsideImages(dockerfile, globalArgs(dockerfile, args, some)))),
  ];
}

/** The names of the stages, in lower case: BuildKit does not tell them from named contexts. */
export function stageNames(text: string): ReadonlySet<string> {
  const froms = DockerfileParser.parse(text).getFROMs();
  return new Set(froms.flatMap((from) => from.getBuildStage()?.toLowerCase() ?? []));
}

function outsideImages(dockerfile: Dockerfile, globals: Globals): string[] {
  const fill = (image: string) => expand(image, (name) => globals.get(name), dockerfile.getEscapeCharacter());
  const froms = dockerfile.getFROMs();
  const stages = froms.map((from) => from.getBuildStage()?.toLowerCase());
  const bases = froms
    .map((from) => fill(from.getImage() ?? ''))
    // A stage starts from a stage above it, or from outside: so does `FROM alpine AS alpine`.
    .filter((image, index) => !stages.slice(0, index).includes(image.toLowerCase()));
  const others = [...copySources(dockerfile), ...mountSources(dockerfile)]
    .map(fill)
    .filter((image) => !stages.includes(image.toLowerCase()) && !/^\d+$/.test(image));
  return [...bases, ...others].filter((image) => image !== '' && image !== 'scratch');
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
function globalArgs(dockerfile: Dockerfile, args: ReadonlyMap<string, string>, predefined: Globals): Globals {
  const globals = new Map(predefined);
  const lookUp = (name: string) => globals.get(name);
  for (const property of dockerfile.getInitialARGs().flatMap((arg) => arg.getProperties())) {
    const name = property.getName();
    const written = property.getUnescapedValue();
    const value = args.get(name) ?? (written && expand(written, lookUp, dockerfile.getEscapeCharacter()));
    if (value !== null) globals.set(name, value);
  }
  return globals;
}

function copySources(dockerfile: Dockerfile): string[] {
  return flagsOf(dockerfile.getCOPYs(), 'from').flatMap((flag) => flag.getValue() ?? []);
}

function mountSources(dockerfile: Dockerfile): string[] {
  const instructions = dockerfile.getInstructions().filter((one) => one instanceof ModifiableInstruction);
  return flagsOf(instructions, 'mount').flatMap((flag) => flag.getOption('from')?.getValue() ?? []);
}

function flagsOf(instructions: readonly ModifiableInstruction[], name: string): Flag[] {
  return instructions
    .flatMap((instruction) => instruction.getFlags())
    .filter((flag) => flag.getName() === name);
}
