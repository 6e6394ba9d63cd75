import { checkIgnoreFile, readDockerfile } from '@towpath/build-context';
import { insideWorkspace, type Config, type ImageConfig, type ProxyMode } from '@towpath/config';
import { baseImages, bases, frontendOf, stageNames, type Base, type Frontend } from '@towpath/dockerfile';
import { CodedError } from '@towpath/errors';
import { withoutRepeated, type Proxy } from '@towpath/proxy';
import { formatPlatform, parseReference, type Platform } from '@towpath/reference';
import { lstat, readlink } from 'node:fs/promises';
import { posix } from 'node:path';
import { withImage } from './context-problem.ts';
import { contextFolder, readContexts, type ContextFacts } from './contexts.ts';
import { readImageProxy, type ImageProxyFacts } from './image-proxy.ts';
import { gatherProblems } from './gather-problems.ts';
import { similarPath } from './similar-path.ts';

/** An image of the configuration, and all inputs from the checkout. */
export interface ImageInputs {
  readonly image: ImageConfig;
  /** An absolute path. */
  readonly context: string;
  readonly dockerfile: string;
  /** The text of the Dockerfile. */
  readonly text: string;
  readonly platforms: readonly Platform[];
  /** The builder's platform, if known. */
  readonly buildPlatform: Platform | undefined;
  readonly args: ReadonlyMap<string, string>;
  readonly contexts: ReadonlyMap<string, ContextFacts>;
  /** Images that are pulled, for the Dockerfile and for named contexts. */
  readonly baseImages: readonly string[];
  /** The bases of its stages. */
  readonly bases: readonly Base[];
  /** The names of its stages, in lower case. */
  readonly stages: ReadonlySet<string>;
  /** The Dockerfile frontend, if it is not BuildKit's default. */
  readonly frontend: Frontend | undefined;
  readonly proxy: ImageProxyFacts;
  /** Whether its steps use the proxy of the run. */
  readonly isProxied: boolean;
  /** Other options that are visible in the image. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** Returns the images that are needed to build an image: its base images and the Dockerfile frontend. */
export function imagesBelow({ baseImages, frontend }: ImageInputs): readonly string[] {
  return frontend === undefined ? baseImages : [...baseImages, frontend.image];
}

/** The proxy of a run, if images can show it. */
export interface ReadingProxy {
  readonly shared: Proxy;
  /** The proxy that buildx adds to a build itself. */
  readonly docker: Proxy;
  /** Overrides the configuration. */
  readonly mode: ProxyMode | undefined;
}

/** The settings of a run that change the inputs of its images. */
export interface Reading {
  readonly config: Config;
  readonly workspace: string;
  /** Overrides the configuration, unless empty. */
  readonly platforms: readonly Platform[];
  /** The builder's platform. */
  readonly ownPlatform: readonly Platform[];
  readonly args: ReadonlyMap<string, string>;
  readonly proxy: ReadingProxy;
}

/**
 * Reads the Dockerfile, contexts and options of an image. Secrets are not inputs.
 *
 * @throws CodedError that lists all problems of the image
 */
export async function readInputs(image: ImageConfig, reading: Reading): Promise<ImageInputs> {
  const { workspace, config } = reading;
  const dockerfile = insideWorkspace(workspace, image.dockerfile);
  const platforms = inOrder(firstFilled(reading.platforms, image.platforms, reading.ownPlatform));
  const mode = reading.proxy.mode ?? image.proxy ?? config.build.proxy;
  const shared = mode === 'off' ? undefined : reading.proxy.shared;
  const args = withoutRepeated(new Map([...image.args, ...reading.args]), shared);
  const readProxied = async () => {
    const text = await textOf(image, dockerfile, reading);
    const { docker } = reading.proxy;
    return { text, proxy: readImageProxy(image, args, text, { shared, docker }, mode === 'persist') };
  };
  const readContext = async () => {
    const folder = await contextFolder(image.name, image.context, workspace);
    // BuildKit would hang on a pipe.
    await checkIgnoreFile(folder, dockerfile).catch((error: unknown) => {
      throw withImage(error, image);
    });
    return folder;
  };
  const [context, { text, proxy }, contexts] = await gatherProblems([
    readContext(),
    readProxied(),
    readContexts(image, workspace),
  ]);

  const pulled = [...contexts.values()].flatMap((one) => (one.kind === 'image' ? [one.reference] : []));
  const [buildPlatform] = reading.ownPlatform;
  const names = new Set([...contexts.keys()].map((name) => name.toLowerCase()));
  const options = { args, platforms, buildPlatform, target: image.target, contexts: names };
  const named = baseImages(text, options).filter((name) => !isContext(name, contexts));
  return {
    image,
    context,
    dockerfile,
    text,
    platforms,
    buildPlatform,
    args,
    contexts,
    baseImages: [...new Set([...named, ...pulled])],
    bases: bases(text, options).filter((base) => named.includes(base.image)),
    stages: stageNames(text),
    frontend: frontendOf(text, args),
    proxy,
    isProxied: shared !== undefined,
    options: { ...visibleOptions(image, config), ...keptProxy(proxy) },
  };
}

/**
 * BuildKit matches a named context by the name as written and by its full reference (Docker docs, "Named
 * contexts").
 */
function isContext(name: string, contexts: ReadonlyMap<string, unknown>): boolean {
  const full = (text: string) => JSON.stringify(parseReference(text));
  return contexts.has(name) || [...contexts.keys()].some((key) => full(key) === full(name));
}

/** Returns the proxy if the image keeps it. Otherwise the proxy is not part of the image. */
function keptProxy({ persistent, proxy }: ImageProxyFacts): Record<string, unknown> {
  return persistent === undefined ? {} : { proxy: [...proxy.variables] };
}

/** Returns the build options that are visible in the image and are not files, args or bases. */
function visibleOptions(
  { network, addHosts, shmSize, ulimits, compression }: ImageConfig,
  { build }: Config,
): Record<string, unknown> {
  return {
    network,
    addHosts: [...addHosts].sort(),
    shmSize,
    ulimits: [...ulimits].sort(),
    compression,
    // The configured value, not the timestamp itself: like the times of files, it is not content.
    sourceDateEpoch: build.sourceDateEpoch,
    attestations: build.attestations === 'index' ? [build.provenance, build.sbom] : 'apart',
  };
}

async function textOf(
  image: ImageConfig,
  path: string,
  { config: { file }, workspace }: Reading,
): Promise<string> {
  try {
    return (await readDockerfile(path, `Image ${image.name}: ${image.dockerfile}`)).toString();
  } catch (cause) {
    if (cause instanceof CodedError) throw cause;
    const target = (await isLink(path)) ? await readlink(path) : undefined;
    const why =
      target === undefined
        ? `${image.dockerfile} cannot be read.`
        : `${image.dockerfile} is a symbolic link to ${target}, which BuildKit cannot follow.`;
    const near = (await inContext(image, workspace)) ?? (await similarPath(workspace, image.dockerfile));
    const hint =
      target === undefined
        ? `${file} names it; paths are relative to the root of the repository.${near === undefined ? '' : ` Did you mean ${near}?`}`
        : `Set dockerfile to the file itself, or make the link relative, to a file in the folder of the link or below.`;
    throw new CodedError('dockerfile-missing', `Image ${image.name} has no Dockerfile: ${why}`, {
      hint,
      cause,
    });
  }
}

/** Returns the path of a Dockerfile that was given relative to the context, if it exists. */
async function inContext(
  { context, dockerfile }: ImageConfig,
  workspace: string,
): Promise<string | undefined> {
  const path = posix.join(context, dockerfile);
  try {
    return (await lstat(insideWorkspace(workspace, path))).isFile() ? path : undefined;
  } catch {
    return undefined;
  }
}

async function isLink(path: string): Promise<boolean> {
  return lstat(path).then(
    (found) => found.isSymbolicLink(),
    () => false,
  );
}

/**
 * Returns the platforms sorted and without duplicates. The same platforms make the same index, in whatever
 * order they are listed.
 */
function inOrder(platforms: readonly Platform[]): readonly Platform[] {
  const byName = new Map(platforms.map((platform) => [formatPlatform(platform), platform]));
  return [...byName].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, platform]) => platform);
}

function firstFilled<T>(...lists: readonly (readonly T[])[]): readonly T[] {
  return lists.find((list) => list.length > 0) ?? [];
}
