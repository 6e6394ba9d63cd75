import { describeInputs, targetsOf, type ContextFacts } from '@towpath/build-inputs';
import type { BuildRequest, LayerCache } from '@towpath/buildx';
import type { PlannedStep } from '@towpath/flow';
import { fingerprintAnnotation, inputsAnnotation } from '@towpath/image-set';
import { formatPlatform } from '@towpath/reference';
import { CodedError } from '@towpath/errors';
import { generatorOf, pullAddress, substitutes, type ImageSources, type KnownImage } from '@towpath/reuse';
import { createHash } from 'node:crypto';
import type { BuildPlan, Entries, PlannedBuild } from './build-plan.ts';
import type { BuildFacts } from './facts.ts';
import type { ImageFacts } from './sources/image-facts.ts';
import { describeLoads } from './run/load.ts';
import type { BuildInputs } from './inputs.ts';

export function plan(inputs: BuildInputs, facts: BuildFacts): BuildPlan {
  const { build, builder, daemon, logins, withheld, source, imageSet } = facts;
  const { toBuild, reused } = divide(facts);
  return {
    builds: withheld.length > 0 ? [] : toBuild.map((image) => planBuild(image, facts)),
    reused: withheld.length > 0 ? [] : reused,
    wanted: [...facts.wanted],
    parallel: inputs.parallel,
    attestations: build.attestations,
    withheld,
    builder,
    logins,
    ...(daemon !== undefined && { daemon }),
    source,
    imageSet,
    ...(facts.scan !== undefined && { scan: facts.scan }),
    files: { sarifOut: inputs.sarifOut, reportOut: inputs.reportOut },
    isComplete: inputs.only.length === 0,
  };
}

export function describe({
  builds,
  reused,
  imageSet,
  daemon,
  builder,
  scan,
}: BuildPlan): readonly PlannedStep[] {
  return [
    ...(builder.isMissing === true && builds.length > 0
      ? [{ what: `create the builder ${builder.name} (${builder.driver})`, why: 'it does not exist yet' }]
      : []),
    ...reused.map(({ image, why }) => ({ what: `reuse ${image.name}@${image.digest}`, why })),
    ...builds.map(({ name, request: { platforms }, dockerfile, wanted, why }) => ({
      what: `build ${name} for ${platforms.map(formatPlatform).join(', ')} from ${dockerfile}`,
      why: wanted
        ? (why ?? `it becomes part of the image set in ${imageSet}`)
        : 'other images are based on it',
    })),
    ...(daemon === undefined ? [] : describeLoads(platformsOf({ builds, reused }), daemon)),
    ...(scan?.scanners ?? []).flatMap(({ name, program }) =>
      builds
        .filter(({ wanted }) => wanted)
        .map((build) => ({
          what: `scan ${build.name} with ${name}`,
          why: program === undefined ? 'SNYK_TOKEN is set; npm installs the program' : `it is ${program}`,
        })),
    ),
  ];
}

/** Returns the platforms of every image of the set, by image name. */
function platformsOf({
  builds,
  reused,
}: Pick<BuildPlan, 'builds' | 'reused'>): ReadonlyMap<string, readonly string[]> {
  return new Map([
    ...reused.map(({ image }) => [image.name, Object.keys(image.platforms)] as const),
    ...builds
      .filter(({ wanted }) => wanted)
      .map(({ name, request: { platforms } }) => [name, platforms.map(formatPlatform)] as const),
  ]);
}

/**
 * Splits the images into those to build and those to reuse. A dependency of a built image is built even if it is
 * published: the builder has its layers cached.
 */
function divide({ images, wanted, decisions }: BuildFacts): {
  readonly toBuild: readonly KnownImage<ImageFacts>[];
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

function planBuild(read: KnownImage<ImageFacts>, facts: BuildFacts): PlannedBuild {
  const { image, context, dockerfile, platforms, args, contexts, secrets, ssh, proxy, fingerprint } = read;
  const { build, builder, sources, caches } = facts;
  const { contexts: substituted } = substitutes(read, sources);
  const isAttested = build.attestations !== 'none';
  const request: PlannedBuild['request'] = {
    name: image.repository ?? image.name,
    context,
    dockerfile,
    target: image.target,
    platforms,
    args: [...new Map([...args, ...proxy.args, ...frontendArg(read, sources)])],
    argNames: proxy.names,
    contexts: [
      ...new Map([
        ...[...substituted].map(([name, address]) => [name, imageContext(address)] as const),
        ...namedContexts(contexts, sources),
      ]),
    ],
    secrets: [...secrets],
    ssh,
    labels: [...image.labels],
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
    addHosts: [...image.addHosts],
    shmSize: image.shmSize,
    ulimits: [...image.ulimits],
    compression: image.compression,
    provenance: isAttested ? build.provenance : 'none',
    run: facts.source.run,
    sbom: isAttested ? dialledSbom(build.sbom, sources) : undefined,
    sourceDateEpoch: epoch(facts),
    builder: nodeFor(image.name, builder.names),
  };
  return {
    name: image.name,
    dockerfile: image.dockerfile,
    wanted: facts.wanted.has(image.name),
    why: facts.decisions.get(image.name)?.why,
    fingerprint: fingerprint.value,
    bases: [...read.baseDigests],
    request,
    isProxied: read.isProxied,
    ...(proxy.persistent !== undefined && { rewritten: { from: dockerfile, text: proxy.persistent } }),
    apart: builder.nodes > 1 && platforms.length > 1,
    targets: [...contexts].flatMap(([name, one]) =>
      one.kind === 'target' ? [[name, one.image] as const] : [],
    ),
  };
}

/** Returns the builder node for an image. The same image always gets the same node, which has its layers cached. */
function nodeFor(image: string, names: readonly string[]): string {
  const hash = createHash('sha256').update(image).digest().readUInt32BE();
  const name = names[hash % names.length];
  if (name === undefined) throw new Error('there is a builder');
  return name;
}

/**
 * Returns the annotations that describe the origin of an image (OCI image spec 1.1, pre-defined annotation keys).
 * Annotations are part of the manifest: a new commit with no other change keeps config and layers identical.
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

/** Keeps the last entry of each name, and then drops empty values. */
function present(entries: Entries<string>): Entries<string> {
  return [...new Map(entries)].filter(([, value]) => value !== '');
}

/** @throws CodedError `config-invalid` if the commit time is configured and there is no commit */
function epoch({ build: { sourceDateEpoch }, commit, now }: BuildFacts): number {
  if (sourceDateEpoch === 'now') return Math.floor(now.getTime() / 1000);
  if (sourceDateEpoch !== 'commit') return sourceDateEpoch;
  if (commit !== undefined) return commit.time;
  throw new CodedError('config-invalid', 'source-date-epoch is commit, but no commit is checked out.', {
    hint: 'Run actions/checkout before this step, on a runner with git, or set source-date-epoch to seconds since 1970.',
  });
}

/** Returns the named contexts for buildx. Images from the same build are added when they are built. */
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

/**
 * Returns the build arg that replaces the frontend. Named contexts do not apply to it (Dockerfile reference,
 * BUILDKIT_SYNTAX).
 */
function frontendArg({ frontend }: ImageFacts, sources: ImageSources): [string, string][] {
  if (frontend === undefined) return [];
  const address = pullAddress(frontend.image, sources);
  return address === undefined ? [] : [['BUILDKIT_SYNTAX', [address, ...frontend.args].join(' ')]];
}

/**
 * Returns the cache with the address to connect to. A cache is pushed to, so its reference never goes through a
 * pull-through cache.
 */
function dialledCache(cache: LayerCache | undefined, { endpoints }: ImageSources): LayerCache | undefined {
  if (cache?.type !== 'registry') return cache;
  return { ...cache, reference: pullAddress(cache.reference, { caches: [], endpoints }) ?? cache.reference };
}

function dialledSbom(sbom: BuildRequest['sbom'], sources: ImageSources): BuildRequest['sbom'] {
  if (sbom === undefined) return undefined;
  const generator = pullAddress(generatorOf(sbom), sources) ?? sbom.generator;
  return generator === undefined ? {} : { generator };
}
