import { proxyOf, type Proxy } from '@towpath/build-args';
import {
  findBuilder,
  readDockerConfig,
  type Builder,
  type DockerConfig,
  type LayerCache,
  type RegistryCredentials,
} from '@towpath/buildx';
import type { BuildConfig, CacheConfig, Config, ImageConfig } from '@towpath/config';
import type { Credentials } from '@towpath/ecr';
import { CodedError } from '@towpath/errors';
import type { Runtime } from '@towpath/flow';
import type { Source } from '@towpath/image-set';
import type { Endpoints } from '@towpath/oci';
import { openProject, Places, Registries } from '@towpath/project';
import { parseEcrHost, parsePlatform, parseReference, type Platform } from '@towpath/reference';
import { join } from 'node:path';
import { buildOrder } from './build-order.ts';
import { readCommit, type Commit } from './commit.ts';
import { readImages, type ImageFacts } from './image-facts.ts';
import type { BuildInputs } from './inputs.ts';
import { layerCache } from './layer-cache.ts';

export interface BuildFacts {
  /** What others are built upon comes before them. */
  readonly images: readonly ImageFacts[];
  /** The names of those that become part of the image set; the others are built for these. */
  readonly wanted: ReadonlySet<string>;
  readonly build: BuildConfig;
  readonly builder: Builder;
  readonly proxy: Proxy;
  readonly endpoints: Endpoints;
  readonly docker: DockerConfig;
  /** By the name of the image. */
  readonly caches: ReadonlyMap<string, LayerCache>;
  /** For the hosts that base images are pulled from and caches are kept in, as they are dialled. */
  readonly credentials: RegistryCredentials;
  /** Private base images that cannot be had, because the sources come from a fork. */
  readonly withheld: readonly string[];
  /** The commit that is checked out. */
  readonly commit: Commit | undefined;
  readonly source: Source;
  /** The page of the repository. */
  readonly repositoryUrl: string | undefined;
  readonly now: Date;
  /** The folder to leave the image set in, and one beside it for what is under way. */
  readonly imageSet: string;
  readonly temp: string;
}

/** Reads the configuration, the Dockerfiles, the contexts, the builder and the environment. */
export async function facts(inputs: BuildInputs, runtime: Runtime): Promise<BuildFacts> {
  const { config: written, images, ci } = await openProject(inputs, runtime, inputs);
  const config = overridden(written, inputs);
  const [builder, commit] = await Promise.all([findBuilder(runtime, inputs.builder), readCommit(runtime)]);
  const read = await readImages(buildOrder(images, config), {
    config,
    workspace: runtime.workspace,
    env: runtime.env,
    platforms: inputs.platforms,
    ownPlatform: builderPlatform(builder),
    args: inputs.args,
  });
  const registries = new Registries(runtime, inputs.region);
  const caches = await readCaches(read, { ...inputs, fromFork: ci.fromFork }, config, registries, runtime);
  const revision = commit?.revision ?? ci.revision;
  for (const secret of secretsOf(read, runtime.env)) runtime.log.mask(secret);
  return {
    images: read,
    wanted: new Set(images.map(({ name }) => name)),
    build: config.build,
    builder,
    proxy: proxyOf(runtime.env),
    endpoints: registries.endpoints,
    docker: await readDockerConfig(runtime.env),
    caches,
    ...(await credentialsFor(pulledBy(read, config.build), caches, registries, ci.fromFork)),
    commit,
    source: { repository: ci.repository, revision, ref: ci.ref, run: ci.run },
    repositoryUrl:
      ci.repository && `${runtime.env.GITHUB_SERVER_URL ?? 'https://github.com'}/${ci.repository}`,
    now: runtime.clock.now(),
    imageSet: inputs.imageSet ?? join(runtime.temp, 'towpath'),
    temp: runtime.temp,
  };
}

/** Inputs count before what is written in the repository. */
function overridden(config: Config, { attestations = config.build.attestations }: BuildInputs): Config {
  return { ...config, build: { ...config.build, attestations } };
}

/** The first of the builder's platforms is its own; the others it emulates. */
function builderPlatform({ platforms: [own = ''] }: Builder): readonly Platform[] {
  const platform = parsePlatform(own);
  return platform === undefined ? [] : [platform];
}

/** Whoever is given a secret may print it: the log shows none of them. */
function secretsOf(images: readonly ImageFacts[], env: Runtime['env']): readonly string[] {
  return images
    .flatMap(({ secrets }) => [...secrets.values()])
    .flatMap((source) => ('env' in source ? (env[source.env] ?? []) : []));
}

async function readCaches(
  images: readonly ImageFacts[],
  { cache: input, fromFork }: { readonly cache: CacheConfig | undefined; readonly fromFork: boolean },
  config: Config,
  registries: Registries,
  { workspace, env }: Runtime,
): Promise<ReadonlyMap<string, LayerCache>> {
  const places = new Places(config, registries);
  const locate = async (image: ImageConfig) => {
    const { registry, repository } = await places.locate(image, undefined);
    return { host: registry.host, repository };
  };
  const read = images.map(async ({ image }) => {
    const chosen = input ?? image.cache ?? config.build.cache;
    // A fork has no credentials for it, and what a stranger's build writes is nothing to build upon.
    if (fromFork && chosen.type === 'registry') return [];
    const cache = await layerCache(image, chosen, { workspace, env, locate });
    return cache === undefined ? [] : [[image.name, cache] as const];
  });
  return new Map((await Promise.all(read)).flat());
}

/** The images that the builder pulls. */
function pulledBy(images: readonly ImageFacts[], { sbom }: BuildConfig): readonly string[] {
  return [...new Set([...images.flatMap((image) => image.baseImages), ...[sbom?.generator ?? []].flat()])];
}

/**
 * Logins for the ECR registries that base images are pulled from and caches are kept in; public ones need none, and
 * no AWS credentials.
 *
 * @throws CodedError `credentials-missing`, unless the sources come from a fork, which can do nothing about it
 */
async function credentialsFor(
  pulled: readonly string[],
  caches: ReadonlyMap<string, LayerCache>,
  registries: Registries,
  fromFork: boolean,
): Promise<Pick<BuildFacts, 'credentials' | 'withheld'>> {
  const kept = [...caches.values()].flatMap((cache) => (cache.type === 'registry' ? cache.reference : []));
  const hostOf = (image: string) => parseReference(image)?.host ?? '';
  const owned = [...pulled, ...kept].filter((image) => parseEcrHost(hostOf(image)) !== undefined);
  try {
    const logins = [...new Set(owned.map(hostOf))].map((host) => login(host, registries));
    return { credentials: new Map((await Promise.all(logins)).flat()), withheld: [] };
  } catch (error) {
    if (fromFork && error instanceof CodedError && error.code === 'credentials-missing') {
      return { credentials: new Map(), withheld: owned };
    }
    throw error;
  }
}

/** By the address that the builder dials. */
async function login(host: string, registries: Registries): Promise<[string, Credentials][]> {
  const credentials = await registries.login.credentials(host);
  return credentials === undefined ? [] : [[registries.endpoints.get(host)?.host ?? host, credentials]];
}
