import { assertTargetPlatforms, beginHashing, buildOrder, imagesBelow } from '@towpath/build-inputs';
import { findBuilder, type Builder, type LayerCache } from '@towpath/buildx';
import type { CiFacts } from '@towpath/ci';
import { forAll } from '@towpath/concurrency';
import type { BuildConfig, CacheConfig, Config, ImageConfig } from '@towpath/config';
import { credentialVariables, withVariables, type Docker } from '@towpath/docker';
import { CodedError } from '@towpath/errors';
import { requireWritableFile } from '@towpath/files';
import type { Runtime } from '@towpath/flow';
import { requireSetFolder, type Source } from '@towpath/image-set';
import { foreseeVersion, openProject, Locations, type Project } from '@towpath/project';
import { parsePlatform, registryUri, type Platform } from '@towpath/reference';
import {
  decide,
  generatorOf,
  identify,
  readBases,
  reuseOf,
  type Decision,
  type ImageSources,
  type KnownImage,
  type RegistryFacts,
} from '@towpath/reuse';
import { join } from 'node:path';
import {
  annotateCaches,
  annotateForeignBases,
  annotateHiddenBases,
  annotateProxies,
  annotateSecrets,
  annotateShownSecrets,
} from './annotations.ts';
import { readImages, type ImageFacts } from './sources/image-facts.ts';
import type { BuildInputs } from './inputs.ts';
import { cacheAmongOthers, layerCache } from './cache/layer-cache.ts';
import { findDocker } from './run/load.ts';
import { secretTexts } from './secrets/image-secrets.ts';
import { requireOutsideContexts } from './sources/outside-contexts.ts';
import { readScanTerms, type ScanTerms } from './scan/scan-terms.ts';
import { requireRunnable } from './run/runnable.ts';
import { requireLambda } from './sources/lambda.ts';
import { lintDockerfiles } from './sources/lint-dockerfiles.ts';
import { annotateUndeclaredArgs } from './sources/undeclared-args.ts';
import { annotateUndeclaredSecrets } from './secrets/undeclared-secrets.ts';
import type { Session } from '@towpath/session';
import type { BuildSession } from './session.ts';

export interface BuildFacts extends Omit<RegistryFacts, 'credentials'> {
  /** Sorted: an image comes after the images that it is built on. */
  readonly images: readonly KnownImage<ImageFacts>[];
  /** Keyed by image name. Filled only if reuse is enabled. */
  readonly decisions: ReadonlyMap<string, Decision>;
  /** The names of the images in the image set. The other images are built only because these depend on them. */
  readonly wanted: ReadonlySet<string>;
  readonly build: BuildConfig;
  readonly builder: Builder;
  /** The Docker daemon to load images into for tests. */
  readonly daemon: Docker | undefined;
  /** Keyed by image name. */
  readonly caches: ReadonlyMap<string, LayerCache>;
  /** The commit that is checked out. */
  readonly commit: Project['checkout'];
  readonly source: Source;
  /** The web page of the repository. */
  readonly repositoryUrl: string | undefined;
  readonly now: Date;
  /** How the built images are scanned. Undefined: not at all. */
  readonly scan: ScanTerms | undefined;
  /** The folder to write the image set to. */
  readonly imageSet: string;
}

/** Reads the configuration, the Dockerfiles, the build contexts, the builder and the environment. */
export async function facts(
  inputs: BuildInputs,
  session: BuildSession,
  runtime: Runtime,
): Promise<BuildFacts> {
  const over = new AbortController();
  try {
    return await readFacts(inputs, session, runtime, AbortSignal.any([runtime.signal, over.signal]));
  } finally {
    // Report errors at once instead of hashing the build contexts to the end.
    over.abort();
  }
}

async function readFacts(
  inputs: BuildInputs,
  session: BuildSession,
  runtime: Runtime,
  signal: AbortSignal,
): Promise<BuildFacts> {
  const { docker, proxy } = session;
  const imageSet = inputs.imageSet ?? runtime.imageSet ?? join(runtime.temp, 'towpath');
  await requireSetFolder(imageSet, [runtime.workspace, runtime.temp]);
  const finding = beginFindBuilder(inputs, session, runtime);
  const { config: written, images, ci, checkout: commit } = await openProject(inputs, runtime, inputs);
  const config = overridden(written, inputs);
  const ordered = buildOrder(images, config);
  await requireFiles(inputs, runtime);
  const scan = await readScanTerms(inputs.scan ?? config.build.scan, config, images, runtime);
  const version = await foreseeVersion(ci, runtime);
  if (version !== undefined)
    runtime.log.info(`Version: ${version.version} (from ${version.origin}). publish can set another.`);
  const daemon = await findDocker(inputs.load, config.build.load, runtime);
  const folders = beginHashing(ordered, runtime.workspace, signal, runtime.imageSet);
  const builder = await finding;
  const withSecrets = session.secretVariables;
  const read = await readImages(ordered, {
    config,
    workspace: runtime.workspace,
    env: withSecrets,
    platforms: inputs.platforms,
    ownPlatform: builderPlatform(builder),
    args: proxy.args,
    proxy,
  });
  // The build removes the folder of the runtime first, and it is no part of fingerprints.
  if (imageSet !== runtime.imageSet) await requireOutsideContexts(imageSet, read);
  const [buildPlatform] = builderPlatform(builder);
  requireRunnable(read, builder, buildPlatform);
  assertTargetPlatforms(read, buildPlatform);
  requireLambda(read, config.build);
  const caches = await readCaches(read, { ...inputs, ...ci }, config, session, runtime);
  const question = {
    images: pulledImages(read, config.build),
    layerCaches: layerCaches(caches),
    pullThrough: config.build.pullThrough,
    docker,
    fromFork: ci.fromFork,
  };
  const frontends = new Set(read.flatMap(({ frontend }) => frontend?.image ?? []));
  const names = { names: new Set(read.flatMap(imagesBelow)), frontends };
  // The registries respond while the Dockerfiles are checked. The findings of lint come first.
  const bases = readBases(question, names, { buildx: builder.buildx, session }, runtime);
  bases.catch(() => undefined);
  const linted = await lintDockerfiles(read, {
    config,
    mode: inputs.lint ?? config.lint.build,
    workspace: runtime.workspace,
    signal,
  });
  const { sources, resolved, logins, withheld } = await bases;
  const annotations = [
    ...annotateProxies(read),
    ...annotateCaches(caches.values(), runtime.env),
    ...annotateHiddenBases(read, sources),
    ...annotateForeignBases(read, resolved),
    ...annotateSecrets(read, withSecrets),
    ...annotateUndeclaredArgs(read, proxy.args),
    ...annotateUndeclaredSecrets(written, inputs.secrets),
    ...linted,
  ];
  for (const annotation of annotations) runtime.log.annotate(annotation);
  const known = await identify(read, sources, folders);
  const revision = commit?.commit ?? ci.revision;
  const secrets = await secretTexts(read, withSecrets);
  for (const secret of secrets.masks) runtime.log.mask(secret);
  for (const annotation of annotateShownSecrets(secrets, proxy.shared)) runtime.log.annotate(annotation);
  return {
    images: known,
    decisions: await decideAll(
      known.filter(({ image }) => images.includes(image)),
      config,
      session,
      sources,
      runtime,
    ),
    wanted: new Set(images.map(({ name }) => name)),
    build: config.build,
    builder,
    daemon,
    caches,
    logins,
    withheld,
    sources,
    commit,
    source: { repository: ci.repository, revision, ref: ci.ref, run: ci.run },
    repositoryUrl: ci.repositoryUrl,
    now: runtime.clock.now(),
    scan,
    imageSet,
  };
}

/**
 * Starts to look for the builder. buildx takes as long as reading the configuration and the build contexts, and needs
 * neither. Their errors come first.
 */
function beginFindBuilder(inputs: BuildInputs, session: BuildSession, runtime: Runtime): Promise<Builder> {
  const search = {
    ...session.builderSetup(runtime),
    temporaryFolder: () => session.temporaryFolder('towpath-buildx'),
    mayStart: !inputs.dryRun,
    stepEnv: runtime.env,
  };
  const port = withVariables(runtime, credentialVariables(session.docker, runtime.env));
  const finding = findBuilder(port, session.builder, search);
  finding.catch(() => undefined);
  return finding;
}

/**
 * Checks the files of the scan before anything is built.
 *
 * @throws CodedError `input-invalid`
 */
async function requireFiles({ sarifOut, reportOut }: BuildInputs, { workspace }: Runtime): Promise<void> {
  for (const path of [sarifOut, reportOut]) {
    if (path !== undefined) await requireWritableFile(workspace, path);
  }
}

/** Replaces settings of the configuration with those of the inputs. */
function overridden(
  config: Config,
  { attestations = config.build.attestations, reuse }: BuildInputs,
): Config {
  return {
    ...config,
    build: { ...config.build, attestations, reuse: reuseOf(reuse, config.build.reuse) },
  };
}

/** Returns the builder's native platform, which is the first that it lists. It emulates the others. */
function builderPlatform({ platforms: [own = ''] }: Builder): readonly Platform[] {
  const platform = parsePlatform(own);
  return platform === undefined ? [] : [platform];
}

async function decideAll(
  images: readonly KnownImage[],
  config: Config,
  session: Session,
  sources: ImageSources,
  { clock }: Runtime,
): Promise<ReadonlyMap<string, Decision>> {
  const { reuse } = config.build;
  if (reuse === undefined) return new Map();
  return decide(images, { ...reuse, now: clock.now(), locations: new Locations(config, session), sources });
}

async function readCaches(
  images: readonly ImageFacts[],
  {
    cache: input,
    fromFork,
    proposal,
  }: { readonly cache: CacheConfig | undefined } & Pick<CiFacts, 'fromFork' | 'proposal'>,
  config: Config,
  session: Session,
  { workspace, env, log }: Runtime,
): Promise<ReadonlyMap<string, LayerCache>> {
  const locations = new Locations(config, session);
  const locate = async (image: ImageConfig) => {
    const { registry, repository } = await locations.locate(image, undefined);
    if (registry.kind === 'private') return { host: registry.host, repository };
    throw new CodedError(
      'registry-unsupported',
      `The layers of ${image.name} cannot be cached in ${registryUri(registry)}, because it is a public registry.`,
      {
        hint: 'Set reference of the cache to a private registry, such as 111122223333.dkr.ecr.us-east-1.amazonaws.com/payroll/cache, or type to gha, local or none.',
      },
    );
  };
  const read = await forAll(images, async ({ image }) => {
    const chosen = input ?? image.cache ?? cacheAmongOthers(config.build.cache, image.name);
    // A fork has no registry credentials, and no later build may use a cache that a fork wrote.
    if (fromFork && chosen.type === 'registry') return [];
    const cache = await layerCache(image, chosen, { workspace, env, proposal, locate });
    return cache === undefined ? [] : [[image.name, cache] as const];
  });
  const caches = new Map(read.flat());
  if (proposal !== undefined && caches.size > 0)
    log.info(
      'This run may be for a change that is not merged. It reads the layer caches of the branches, but does not write them.',
    );
  return caches;
}

/** Returns every image to pull: base images, Dockerfile frontends and the SBOM generator. */
function pulledImages(images: readonly ImageFacts[], { sbom }: BuildConfig): ReadonlySet<string> {
  return new Set([...images.flatMap(imagesBelow), ...(sbom === undefined ? [] : [generatorOf(sbom)])]);
}

function layerCaches(caches: ReadonlyMap<string, LayerCache>): ReadonlySet<string> {
  return new Set([...caches.values()].flatMap((cache) => (cache.type === 'registry' ? cache.reference : [])));
}
