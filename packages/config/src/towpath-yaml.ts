import { join } from 'node:path/posix';
import { plainBuild, plainBuildConfig, type BuildConfig } from './build-options.ts';
import type { Config, EnvironmentConfig, ImageConfig } from './config.ts';
import { defaults, modelEnvironments } from './defaults.ts';
import { carefulSettings } from './repository-settings.ts';
import type * as z from 'zod';
import type { image } from './image-schema.ts';
import { towpathSchema, type TowpathYaml } from './schema.ts';
import { validate } from './validate.ts';
import type { YamlFile } from './yaml-file.ts';

/**
 * Reads the configuration from a `towpath.yaml`.
 *
 * @throws CodedError `config-invalid` that lists every problem with its position
 */
export function readTowpathYaml(yaml: YamlFile): Config {
  const written = validate(towpathSchema, yaml.value, yaml);
  return {
    file: yaml.file,
    registry: written.registry ?? { kind: 'caller' },
    images: Object.entries(written.images).map(([name, one]) => readImage(name, one)),
    bases: [],
    tags: written.tags ?? defaults.buildTags,
    environments: readEnvironments(written),
    gate: readGate(written.gate) ?? defaults.gate,
    repositories: written.repositories ?? carefulSettings,
    ledger: written.ledger ?? 'on',
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
    load: plainBuildConfig.load,
  };
}

function readEnvironments({ environments }: TowpathYaml): readonly EnvironmentConfig[] {
  if (environments === undefined) return modelEnvironments;
  return Object.entries(environments).map(([name, { from, gate, tags, ...one }]) => ({
    name,
    from: [...new Set([from].flat())],
    ...one,
    tags: tags ?? defaults.environmentTags,
    gate: gate === 'off' ? gate : readGate(gate),
  }));
}

function readGate(gate: TowpathYaml['gate']): Config['gate'] | undefined {
  return gate === undefined ? undefined : { failOn: gate['fail-on'] };
}
