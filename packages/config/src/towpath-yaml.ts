import { join } from 'node:path/posix';
import type { Config, EnvironmentConfig } from './config.ts';
import { defaults, modelEnvironments } from './defaults.ts';
import { towpathSchema, type TowpathYaml } from './schema.ts';
import { validate } from './validate.ts';
import type { YamlFile } from './yaml-file.ts';

/**
 * The configuration that a `towpath.yaml` holds.
 *
 * @throws CodedError `config-invalid` that lists every problem with its place
 */
export function readTowpathYaml(yaml: YamlFile): Config {
  const written = validate(towpathSchema, yaml.value, yaml);
  return {
    file: yaml.file,
    registry: written.registry ?? { kind: 'caller' },
    images: Object.entries(written.images).map(([name, image]) => ({
      name,
      context: image.context,
      dockerfile: image.dockerfile ?? join(image.context, 'Dockerfile'),
      target: image.target,
      platforms: image.platforms ?? [],
      args: image.args ?? new Map<string, string>(),
      labels: image.labels ?? new Map<string, string>(),
      repository: image.repository,
    })),
    tags: written.tags ?? defaults.buildTags,
    environments: readEnvironments(written),
    gate: readGate(written.gate) ?? defaults.gate,
  };
}

function readEnvironments({ environments }: TowpathYaml): readonly EnvironmentConfig[] {
  if (environments === undefined) return modelEnvironments;
  return Object.entries(environments).map(([name, { from, registry, repository, tags, gate }]) => ({
    name,
    from,
    registry,
    repository,
    tags: tags ?? defaults.environmentTags,
    gate: readGate(gate),
  }));
}

function readGate(gate: TowpathYaml['gate']): Config['gate'] | undefined {
  return gate === undefined ? undefined : { failOn: gate['fail-on'] };
}
