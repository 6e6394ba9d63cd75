import { readDockerfile } from '@towpath/build-context';
import { byName, inheritPlatforms, targetPlatformProblems } from '@towpath/build-inputs';
import { forAll } from '@towpath/concurrency';
import {
  insideWorkspace,
  lambdaHostRefusals,
  lambdaProblems,
  type Config,
  type ImageConfig,
} from '@towpath/config';
import {
  copiedNames,
  copiesFiles,
  readContextSecrets,
  type ContextSecrets,
  type LackingPlatform,
  type LintOptions,
} from '@towpath/dockerfile-rules';
import { CodedError } from '@towpath/errors';
import { parsePlatform, registryUri, type Platform } from '@towpath/reference';
import { readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** An image and the text of its Dockerfile. */
export interface LintImage {
  readonly image: ImageConfig;
  readonly text: string;
  /** The build args, those of inputs among them. */
  readonly args: ReadonlyMap<string, string>;
  readonly platforms: readonly Platform[];
}

/** A Dockerfile with what its image adds to it. */
export interface LintSubject {
  /** The Dockerfile, relative to the repository. */
  readonly file: string;
  readonly text: string;
  readonly image: ImageConfig;
  readonly options: LintOptions;
}

/** Reads the Dockerfiles of images. @throws CodedError that lists every Dockerfile that cannot be read */
export async function readLintImages(
  images: readonly ImageConfig[],
  workspace: string,
): Promise<readonly LintImage[]> {
  const read = await forAll(images, async (image) => {
    try {
      const path = insideWorkspace(workspace, image.dockerfile);
      const text = (await readDockerfile(path, image.dockerfile)).toString();
      return { image, text, args: image.args, platforms: image.platforms };
    } catch (error) {
      if (error instanceof CodedError) return error;
      const target = await readlink(join(workspace, image.dockerfile)).catch(() => undefined);
      return target === undefined
        ? new CodedError('dockerfile-missing', `${image.dockerfile} cannot be read.`, {
            hint: 'Paths are relative to the root of the repository. Is the repository checked out?',
            cause: error,
          })
        : new CodedError(
            'dockerfile-missing',
            `${image.dockerfile} is a symbolic link to ${target}, which BuildKit cannot follow.`,
            {
              hint: 'Name the file itself, or make the link relative, to a file in the folder of the link or below.',
              cause: error,
            },
          );
    }
  });
  const problems = read.flatMap((one) => (one instanceof CodedError ? one.problems : []));
  if (problems.length > 0) throw CodedError.of(problems, (count) => `${count} Dockerfiles cannot be read.`);
  return read.flatMap((one) => (one instanceof CodedError ? [] : one));
}

/** What reading needs to know of a run. */
export interface LintReading {
  readonly config: Config;
  readonly workspace: string;
  readonly signal: AbortSignal;
  /** All images of the configuration, whose targets and platforms count. Default: those that are checked. */
  readonly siblings?: readonly LintImage[];
  /** The platform of images that name none. */
  readonly ownPlatform?: Platform | undefined;
}

/** Adds what the configuration and the build contexts say about the Dockerfiles. */
export async function readSubjects(
  images: readonly LintImage[],
  reading: LintReading,
): Promise<readonly LintSubject[]> {
  const { config, siblings = images } = reading;
  const lacking = lackingPlatforms(
    withInheritedPlatforms(siblings, config),
    reading.ownPlatform ?? parsePlatform('linux/amd64'),
  );
  const mirrors = new Map([...config.build.pullThrough].map(([host, cache]) => [host, registryUri(cache)]));
  const contexts = new ContextReader(reading);
  return forAll(images, async ({ image, text, args, platforms }) => ({
    file: image.dockerfile,
    text,
    image,
    options: {
      args,
      platforms,
      ...(image.target !== undefined && { target: image.target }),
      otherTargets: siblings
        .filter((one) => one.image !== image && one.image.dockerfile === image.dockerfile)
        .map((one) => one.image.target),
      contexts: new Set([...image.contexts.keys()].map((name) => name.toLowerCase())),
      mirrors,
      isLambda: image.lambda === true,
      lambdaProblems: problemsForLambda(image, platforms, config),
      lackingPlatforms: lacking.get(image.name) ?? [],
      secrets: await contexts.secretsOf(image, text, args),
    },
  }));
}

/** Returns why AWS Lambda could not run an image with `lambda: true`, as far as the configuration says so. */
function problemsForLambda(
  image: ImageConfig,
  platforms: readonly Platform[],
  { build, registry, environments }: Config,
): NonNullable<LintOptions['lambdaProblems']> {
  if (image.lambda !== true) return [];
  const sources = [registry, ...environments.flatMap((one) => one.registry ?? [])];
  const hosts = sources.flatMap((source) => (source.kind === 'literal' ? [source.registry] : []));
  const byHost = new Map(hosts.map((host) => [host.host, host]));
  const refusals = [...byHost.values()].flatMap(lambdaHostRefusals);
  return [
    ...lambdaProblems(image, { platforms, attestations: build.attestations }).map(
      ({ message, hint = '' }) => ({ message, hint }),
    ),
    ...refusals.map(([what, fix]) => ({
      message: `Image ${image.name} has lambda: true, ${what}`,
      hint: `${fix} for ${image.name}.`,
    })),
  ];
}

/** Gives images that are never published the platforms of the images that are built on them, as `build` does. */
function withInheritedPlatforms(images: readonly LintImage[], config: Config): readonly LintImage[] {
  const bases = new Map(inheritPlatforms(config).bases.map(({ name, platforms }) => [name, platforms]));
  return images.map((one) =>
    one.platforms.length > 0 ? one : { ...one, platforms: bases.get(one.image.name) ?? [] },
  );
}

function lackingPlatforms(
  images: readonly LintImage[],
  own: Platform | undefined,
): ReadonlyMap<string, readonly LackingPlatform[]> {
  const built = images.map(({ image, text, args, platforms }) => ({
    image,
    text,
    args,
    contexts: image.contexts,
    platforms: platforms.length > 0 || own === undefined ? platforms : [own],
  }));
  const all = byName(built);
  return new Map(
    built.map((one) => [
      one.image.name,
      unlessInvalid(() => targetPlatformProblems(one, all, own), []).map(
        ({ message, hint = '', position }) => ({ line: position?.line ?? 1, message, hint }),
      ),
    ]),
  );
}

/** A Dockerfile that exceeds a limit is a finding of its own. */
function unlessInvalid<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof CodedError) return otherwise;
    throw error;
  }
}

/** Reads the secrets in build contexts, each context once for each ignore file. */
class ContextReader {
  readonly #reading: LintReading;
  readonly #known = new Map<string, Promise<ContextSecrets | undefined>>();

  constructor(reading: LintReading) {
    this.#reading = reading;
  }

  async secretsOf(
    image: ImageConfig,
    text: string,
    args: ReadonlyMap<string, string>,
  ): Promise<ReadonlyMap<string, ContextSecrets>> {
    if (!copiesFiles(text)) return new Map();
    const folders = [...image.contexts].flatMap(([name, context]) =>
      context.kind === 'folder' ? [[name.toLowerCase(), context.path] as const] : [],
    );
    const named = unlessInvalid(() => copiedNames(text, { args }), []);
    const read = await forAll([['', image.context] as const, ...folders], async ([name, path]) => {
      const isMain = name === '';
      const secrets = await this.#read(path, isMain ? image.dockerfile : undefined, isMain ? named : []);
      return [name, secrets] as const;
    });
    return new Map(
      read.flatMap(([name, secrets]) => (secrets === undefined ? [] : [[name, secrets] as const])),
    );
  }

  #read(
    path: string,
    dockerfile: string | undefined,
    named: readonly string[],
  ): Promise<ContextSecrets | undefined> {
    const key = JSON.stringify([path, dockerfile, named]);
    const known = this.#known.get(key) ?? this.#readNew(path, dockerfile, named);
    this.#known.set(key, known);
    return known;
  }

  async #readNew(
    path: string,
    dockerfile: string | undefined,
    named: readonly string[],
  ): Promise<ContextSecrets | undefined> {
    const { workspace, signal } = this.#reading;
    const folder = insideWorkspace(workspace, path);
    // The context may be created by a later step.
    const isFolder = await stat(folder).then(
      (found) => found.isDirectory(),
      () => false,
    );
    if (!isFolder) return undefined;
    const file = dockerfile === undefined ? undefined : insideWorkspace(workspace, dockerfile);
    return readContextSecrets(folder, file, named, signal);
  }
}
