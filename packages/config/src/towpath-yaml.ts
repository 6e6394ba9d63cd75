import { defaultPolicy, mergePolicies, type PartialPolicy } from '@towpath/scan-policy';
import { join } from 'node:path/posix';
import { plainBuild, plainBuildConfig, type BuildConfig } from './build-options.ts';
import type { Config, EnvironmentConfig, ImageConfig } from './config.ts';
import { defaults, modelEnvironments } from './defaults.ts';
import type { WrittenGate } from './gate-schema.ts';
import { plainLint } from './lint-schema.ts';
import { readGate, type NamedPolicies } from './read-gate.ts';
import { plainRepositories } from './repository-settings.ts';
import type * as z from 'zod';
import type { image } from './image-schema.ts';
import { towpathSchema, type TowpathYaml } from './schema.ts';
import { validate } from './validate.ts';
import type { YamlFile } from './yaml-file.ts';

/**
 * Reads the configuration from a `towpath.yaml`.
 *
 * @param policies of the files that its gates name
 * @throws CodedError `config-invalid` that lists every problem with its position
 */
export function readTowpathYaml(yaml: YamlFile, policies: NamedPolicies = new Map()): Config {
  const written = validate(towpathSchema, yaml.value, yaml);
  const gate = readGate(written.gate ?? {}, (path) => yaml.positionOf(['gate', ...path]), policies);
  return {
    file: yaml.file,
    registry: written.registry ?? { kind: 'caller' },
    images: Object.entries(written.images).map(([name, one]) => readImage(name, one)),
    bases: [],
    tags: written.tags ?? defaults.buildTags,
    environments: readEnvironments(written, yaml, gate, policies),
    gate: { ...defaultPolicy, ...gate },
    repositories: written.repositories ?? plainRepositories,
    ledger: written.ledger ?? 'on',
    lint: written.lint ?? plainLint,
    build: readBuild(written),
    notices: [],
  };
}

/** Returns the configuration of one image. */
export function readImage(name: string, written: z.output<typeof image>): ImageConfig {
  const { context, dockerfile, target, platforms, repository, ...options } = written;
  return {
    name,
    context,
    dockerfile: dockerfile ?? join(context, 'Dockerfile'),
    target,
    platforms: platforms ?? [],
    repository,
    args: options.args ?? plainBuild.args,
    contexts: options.contexts ?? plainBuild.contexts,
    secrets: options.secrets ?? plainBuild.secrets,
    ssh: options.ssh ?? plainBuild.ssh,
    labels: options.labels ?? plainBuild.labels,
    annotations: options.annotations ?? plainBuild.annotations,
    cache: options.cache,
    pull: options.pull ?? plainBuild.pull,
    noCache: options['no-cache'] ?? plainBuild.noCache,
    network: options.network ?? plainBuild.network,
    addHosts: options['add-hosts'] ?? plainBuild.addHosts,
    shmSize: options['shm-size'],
    ulimits: options.ulimits ?? plainBuild.ulimits,
    compression: options.compression,
    proxy: options.proxy,
    ...(written.lambda === true && { lambda: true }),
  };
}

function readBuild(written: TowpathYaml): BuildConfig {
  return {
    proxy: written.proxy ?? plainBuildConfig.proxy,
    cache: written.cache ?? plainBuildConfig.cache,
    pullThrough: written['pull-through'] ?? plainBuildConfig.pullThrough,
    sourceDateEpoch: written['source-date-epoch'] ?? plainBuildConfig.sourceDateEpoch,
    attestations: written.attestations ?? plainBuildConfig.attestations,
    provenance: written.provenance ?? plainBuildConfig.provenance,
    sbom: written.sbom,
    reuse: written.reuse,
    scan: written.scan ?? plainBuildConfig.scan,
    load: plainBuildConfig.load,
  };
}

function readEnvironments(
  { environments }: TowpathYaml,
  yaml: YamlFile,
  fileGate: PartialPolicy,
  policies: NamedPolicies,
): readonly EnvironmentConfig[] {
  if (environments === undefined) return modelEnvironments;
  return Object.entries(environments).map(([name, { from, gate, tags, ...one }]) => ({
    name,
    from: [...new Set([from].flat())],
    ...one,
    tags: tags ?? defaults.environmentTags,
    gate: readEnvironmentGate(name, gate, yaml, fileGate, policies),
  }));
}

function readEnvironmentGate(
  name: string,
  written: WrittenGate | 'off' | undefined,
  yaml: YamlFile,
  fileGate: PartialPolicy,
  policies: NamedPolicies,
): EnvironmentConfig['gate'] {
  if (written === 'off') return 'off';
  if (written === undefined) return undefined;
  const positionOf = (path: readonly PropertyKey[]) =>
    yaml.positionOf(['environments', name, 'gate', ...path]);
  const own = readGate(written, positionOf, policies);
  return { ...defaultPolicy, ...mergePolicies(fileGate, own) };
}
