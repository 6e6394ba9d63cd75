import { DockerfileParser, ModifiableInstruction, type Dockerfile, type From } from 'dockerfile-ast';
import type { Platform } from '@towpath/reference';
import { expand } from './expand.ts';

/** What a build gives a Dockerfile from outside. */
export interface BuildOptions {
  readonly args: ReadonlyMap<string, string>;
  readonly platforms: readonly Platform[];
}

/**
 * The images that a Dockerfile takes from outside, as written once its arguments are filled in: by `FROM`,
 * `COPY --from` and `RUN --mount=from`, on any of the platforms. Stages and `scratch` are none. Stages that the
 * target does not need are counted too: BuildKit would not pull them.
 */
export function baseImages(text: string, { args, platforms }: BuildOptions): readonly string[] {
  const dockerfile = DockerfileParser.parse(text);
  return [...new Set(platforms.flatMap((platform) => onPlatform(dockerfile, args, platform)))];
}

function onPlatform(dockerfile: Dockerfile, args: ReadonlyMap<string, string>, platform: Platform): string[] {
  const globals = globalArgs(dockerfile, args, platform);
  const lookUp = (name: string) => globals.get(name);
  const froms = dockerfile.getFROMs();
  const stages = new Set(froms.flatMap((from) => from.getBuildStage()?.toLowerCase() ?? []));
  const isOutside = (image: string) =>
    image !== '' && image !== 'scratch' && !stages.has(image.toLowerCase()) && !/^\d+$/.test(image);
  return [...fromImages(froms), ...copiedImages(dockerfile), ...mountedImages(dockerfile)]
    .map((image) => expand(image, lookUp))
    .filter(isOutside);
}

/** The arguments that `FROM` lines can use: the predefined ones and those declared before the first stage. */
function globalArgs(
  dockerfile: Dockerfile,
  args: ReadonlyMap<string, string>,
  platform: Platform,
): Map<string, string> {
  const globals = new Map([
    ['TARGETPLATFORM', [platform.os, platform.architecture, platform.variant].filter(Boolean).join('/')],
    ['TARGETOS', platform.os],
    ['TARGETARCH', platform.architecture],
    ['TARGETVARIANT', platform.variant ?? ''],
  ]);
  for (const arg of dockerfile.getInitialARGs()) {
    const property = arg.getProperty();
    if (property === null) continue;
    const name = property.getName();
    const value = args.get(name) ?? property.getValue();
    if (value !== null)
      globals.set(
        name,
        expand(value, (other) => globals.get(other)),
      );
  }
  return globals;
}

function fromImages(froms: readonly From[]): string[] {
  return froms.flatMap((from) => from.getImage() ?? []);
}

function copiedImages(dockerfile: Dockerfile): string[] {
  return dockerfile.getCOPYs().flatMap((copy) => copy.getFromFlag()?.getValue() ?? []);
}

function mountedImages(dockerfile: Dockerfile): string[] {
  return dockerfile
    .getInstructions()
    .filter((instruction) => instruction instanceof ModifiableInstruction)
    .flatMap((instruction) => instruction.getFlags())
    .filter((flag) => flag.getName() === 'mount')
    .flatMap((flag) => flag.getOption('from')?.getValue() ?? []);
}
