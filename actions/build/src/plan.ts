import { describeInputs, targetsOf, type ContextFacts } from '@towpath/build-inputs';
import type { Builder, BuildRequest, LayerCache } from '@towpath/buildx';
import type { AttestationMode } from '@towpath/config';
import type { Docker, DockerConfig, RegistryCredentials } from '@towpath/docker';
import type { PlannedStep } from '@towpath/flow';
import { fingerprintAnnotation, inputsAnnotation, type BuiltImage, type Source } from '@towpath/image-set';
import { addressesWithPassword, proxyBuildArgs, proxyMasks, type Proxy } from '@towpath/proxy';
import { formatPlatform, type Digest, type Platform } from '@towpath/reference';
import { CodedError } from '@towpath/errors';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { BuildFacts } from './facts.ts';
import type { KnownImage } from './sources/fingerprints.ts';
import type { ImageFacts } from './sources/image-facts.ts';
import { describeLoads } from './run/load.ts';
import { generatorOf, pullAddress, substitutes, type ImageSources } from './sources/image-sources.ts';
import type { BuildInputs } from './inputs.ts';

export interface PlannedBuild {
  readonly name: string;
  /** Of its Dockerfile, relative to the repository. */
  readonly dockerfile: string;
  /** Whether it becomes part of the image set; if not, others are built upon it. */
  readonly wanted: boolean;
  /** Why it is built, where it could have been reused. */
  readonly why?: string;
  readonly platforms: readonly Platform[];
  readonly fingerprint: string;
  readonly bases: ReadonlyMap<string, Digest>;
  readonly labels: ReadonlyMap<string, string>;
  readonly request: BuildRequest;
  /** What its steps find in their environment. */
  readonly proxy: Proxy;
  /** What stands for its Dockerfile. Absent: the Dockerfile itself. */
  readonly rewritten?: { readonly from: string; readonly text: string };
  /** Whether each platform is built by itself, because the builder has several nodes. */
  readonly apart: boolean;
  /** Images that it is built upon: the name of the context → the image. */
  readonly targets: ReadonlyMap<string, string>;
}

export interface BuildPlan {
  /** What others are built upon comes before them. */
  readonly builds: readonly PlannedBuild[];
  /** Images that are taken as they are, and why. */
  readonly reused: readonly { readonly image: BuiltImage; readonly why: string }[];
  /** The names of the images of the set, in the order of the configuration. */
  readonly wanted: readonly string[];
  /** How many are built at a time. */
  readonly parallel: number;
  readonly attestations: AttestationMode;
  /** Private base images that cannot be had: then nothing is built. */
  readonly withheld: readonly string[];
  readonly builder: Builder;
  /** Values of the build args that are given by name. */
  readonly argValues: Readonly<Record<string, string>>;
  /** Docker's configuration, which lends itself with the credentials. */
  readonly docker: DockerConfig;
  readonly credentials: RegistryCredentials;
  /** Where images are left for tests. */
  readonly daemon: Docker | undefined;
  /** Of the proxy, with a password. */
  readonly addresses: readonly string[];
  /** What of the proxy nobody may be told. */
  readonly passwords: readonly string[];
  /** What else nobody may be told. */
  readonly secrets: readonly string[];
  readonly source: Source;
  readonly imageSet: string;
  /** Where the builds leave their layouts until the set is whole. */
  readonly workFolder: string;
}

export function plan(inputs: BuildInputs, facts: BuildFacts): BuildPlan {
  const { build, builder, proxy, docker, daemon, credentials, withheld, source, imageSet, temp } = facts;
  const workFolder = join(temp, 'towpath-build');
  const { toBuild, reused } = divide(facts);
  const outputs = join(workFolder, 'images');
  return {
    builds:
      withheld.length > 0
        ? []
        : toBuild.map((image) => planBuild(image, facts, join(outputs, image.image.name))),
    reused: withheld.length > 0 ? [] : reused,
    wanted: [...facts.wanted],
    parallel: inputs.parallel,
    attestations: build.attestations,
    withheld,
    builder,
    argValues: { ...Object.fromEntries(inputs.secrets), ...proxyBuildArgs(proxy).values },
    docker,
    credentials,
    daemon,
    passwords: proxyMasks(proxy),
    addresses: addressesWithPassword(proxy),
    secrets: facts.secrets,
    source,
    imageSet,
    workFolder,
  };
}

export function describe({ builds, reused, imageSet, daemon }: BuildPlan): readonly PlannedStep[] {
  return [
    ...reused.map(({ image, why }) => ({ what: `reuse ${image.name}@${image.digest}`, why })),
    ...builds.map(({ name, platforms, dockerfile, wanted, why }) => ({
      what: `build ${name} for ${platforms.map(formatPlatform).join(', ')} from ${dockerfile}`,
      why: wanted ? (why ?? `it becomes part of the image set in ${imageSet}`) : 'others are built upon it',
    })),
    ...(daemon === undefined ? [] : describeLoads(platformsOf({ builds, reused }), daemon)),
  ];
}

/** The platforms of every image of the set, by its name. */
function platformsOf({
  builds,
  reused,
}: Pick<BuildPlan, 'builds' | 'reused'>): ReadonlyMap<string, readonly string[]> {
  return new Map([
    ...reused.map(({ image }) => [image.name, Object.keys(image.platforms)] as const),
    ...builds
      .filter(({ wanted }) => wanted)
      .map(({ name, platforms }) => [name, platforms.map(formatPlatform)] as const),
  ]);
}

/** What is built upon images that are there needs them built all the same: the builder has them in its cache. */
function divide({ images, wanted, decisions }: BuildFacts): {
  readonly toBuild: readonly KnownImage[];
  readonly reused: BuildPlan['reused'];
} {
  const toBuild = new Set<string>();
  for (const { image } of images.toReversed()) {
    const isDue = wanted.has(image.name) && decisions.get(image.name)?.kind !== 'reuse';
    if (isDue) toBuild.add(image.name);
    if (toBuild.has(image.name)) for (const target of targetsOf(image)) toBuild.add(target);
  }
  const reused = images.flatMap(({ image: { name } }) => {
    const decision = decisions.get(name);
    return wanted.has(name) && !toBuild.has(name) && decision?.kind === 'reuse' ? [decision] : [];
  });
  return { toBuild: images.filter(({ image }) => toBuild.has(image.name)), reused };
}

function planBuild(read: KnownImage, facts: BuildFacts, output: string): PlannedBuild {
  const { image, context, dockerfile, platforms, args, contexts, secrets, ssh, proxy, fingerprint } = read;
  const { build, builder, sources, caches } = facts;
  const { contexts: substituted } = substitutes(read, sources);
  const isAttested = build.attestations !== 'none';
  const request: BuildRequest = {
    name: image.repository ?? image.name,
    context,
    dockerfile: proxy.persistent === undefined ? dockerfile : `${output}.Dockerfile`,
    target: image.target,
    platforms,
    args: new Map([...args, ...proxy.args, ...frontendArg(read, sources)]),
    argNames: proxy.names,
    contexts: new Map([
      ...[...substituted].map(([name, address]) => [name, imageContext(address)] as const),
      ...namedContexts(contexts, sources),
    ]),
    secrets,
    ssh,
    labels: image.labels,
    annotations: present([
      ...described(facts),
      [fingerprintAnnotation, fingerprint.value],
      [inputsAnnotation, describeInputs(fingerprint)],
      ...image.annotations,
    ]),
    cache: dialledCache(caches.get(image.name), sources),
    pull: image.pull,
    noCache: image.noCache,
    network: image.network,
    addHosts: image.addHosts,
    shmSize: image.shmSize,
    ulimits: image.ulimits,
    compression: image.compression,
    provenance: isAttested ? build.provenance : 'none',
    run: facts.source.run,
    sbom: isAttested ? dialledSbom(build.sbom, sources) : undefined,
    sourceDateEpoch: epoch(facts),
    output,
    builder: nodeFor(image.name, builder.names),
  };
  return {
    name: image.name,
    dockerfile: image.dockerfile,
    wanted: facts.wanted.has(image.name),
    why: facts.decisions.get(image.name)?.why,
    platforms,
    fingerprint: fingerprint.value,
    bases: read.baseDigests,
    labels: image.labels,
    request,
    proxy: proxy.proxy,
    rewritten: proxy.persistent === undefined ? undefined : { from: dockerfile, text: proxy.persistent },
    apart: builder.nodes > 1 && platforms.length > 1,
    targets: new Map(
      [...contexts].flatMap(([name, one]) => (one.kind === 'target' ? [[name, one.image] as const] : [])),
    ),
  };
}

/** The same image goes to the same builder, which has its layers. */
function nodeFor(image: string, names: readonly string[]): string {
  const hash = createHash('sha256').update(image).digest().readUInt32BE();
  const name = names[hash % names.length];
  if (name === undefined) throw new Error('there is a builder');
  return name;
}

/**
 * What tells a person where an image comes from (OCI image spec 1.1, pre-defined annotation keys). Annotations stand
 * in the manifest: a commit that changes nothing else leaves config and layers as they are.
 */
function described({ repositoryUrl, source, commit }: BuildFacts): [string, string][] {
  const described: [string, string | undefined][] = [
    ['org.opencontainers.image.source', repositoryUrl],
    ['org.opencontainers.image.revision', source.revision],
    [
      'org.opencontainers.image.created',
      commit && new Date(commit.time * 1000).toISOString().replace('.000', ''),
    ],
  ];
  return described.filter((entry): entry is [string, string] => entry[1] !== undefined);
}

/** The last of each name counts, and what is empty in the end is left out. */
function present(entries: readonly (readonly [string, string])[]): ReadonlyMap<string, string> {
  return new Map([...new Map(entries)].filter(([, value]) => value !== ''));
}

/** @throws CodedError `config-invalid` when it is to be the commit's time and there is no commit */
function epoch({ build: { sourceDateEpoch }, commit, now }: BuildFacts): number {
  if (sourceDateEpoch === 'now') return Math.floor(now.getTime() / 1000);
  if (sourceDateEpoch !== 'commit') return sourceDateEpoch;
  if (commit !== undefined) return commit.time;
  throw new CodedError('config-invalid', 'source-date-epoch is commit, but no commit is checked out.', {
    hint: 'Run actions/checkout before this step, on a runner with git, or set source-date-epoch to seconds since 1970.',
  });
}

/** Named contexts as buildx takes them. Images that are built upon are filled in when they are built. */
function namedContexts(
  contexts: ReadonlyMap<string, ContextFacts>,
  sources: ImageSources,
): [string, string][] {
  return [...contexts].flatMap(([name, context]): [string, string][] => {
    if (context.kind === 'folder') return [[name, context.folder]];
    if (context.kind === 'other') return [[name, context.source]];
    if (context.kind === 'target') return [];
    return [[name, imageContext(pullAddress(context.reference, sources) ?? context.reference)]];
  });
}

function imageContext(address: string): string {
  return `docker-image://${address}`;
}

/** A frontend is no named context: BuildKit has an arg for it (Dockerfile reference, BUILDKIT_SYNTAX). */
function frontendArg({ frontend }: ImageFacts, sources: ImageSources): [string, string][] {
  if (frontend === undefined) return [];
  const address = pullAddress(frontend.image, sources);
  return address === undefined ? [] : [['BUILDKIT_SYNTAX', [address, ...frontend.args].join(' ')]];
}

/** What is pushed stays where it is named: a pull-through cache takes nothing. */
function dialledCache(cache: LayerCache | undefined, { endpoints }: ImageSources): LayerCache | undefined {
  if (cache?.type !== 'registry') return cache;
  return { ...cache, reference: pullAddress(cache.reference, { caches: [], endpoints }) ?? cache.reference };
}

function dialledSbom(sbom: BuildRequest['sbom'], sources: ImageSources): BuildRequest['sbom'] {
  if (sbom === undefined) return undefined;
  const generator = pullAddress(generatorOf(sbom), sources) ?? sbom.generator;
  return generator === undefined ? {} : { generator };
}
