import { type Problem } from '@towpath/errors';
import { parsePlatform, parseRegistry, type Platform } from '@towpath/reference';
import { join } from 'node:path/posix';
import type { Config, ImageConfig, RegistrySource } from './config.ts';
import { defaults, modelEnvironments } from './defaults.ts';
import { invalid } from './invalid.ts';
import { validate } from './validate.ts';
import { imageBuildConfigurationSchema } from './schema.ts';
import type { YamlFile } from './yaml-file.ts';

/** Where the mapping stands: at the top of `image-build-config.yaml`, under `Mappings` of a SAM template. */
const mappingPaths = [['ImageBuildConfiguration'], ['Mappings', 'ImageBuildConfiguration']];

const ssmType = /^AWS::SSM::Parameter::(?:Value<String>|Name)$/;

export function hasImageBuildConfiguration(yaml: YamlFile): boolean {
  return findMapping(yaml) !== undefined;
}

/**
 * The model's configuration: a map from service to `{imageName, buildContext, dockerfile, platform}`.
 *
 * @throws CodedError `config-invalid` that lists every problem with its place
 */
export function readImageBuildConfiguration(yaml: YamlFile): Config {
  const mapping = findMapping(yaml);
  if (mapping === undefined) throw new Error('the caller has looked for the mapping');
  const services = validate(imageBuildConfigurationSchema, mapping.value, yaml, mapping.path);
  const problems: Problem[] = [];
  const images = Object.entries(services).map(
    ([service, { imageName, buildContext, dockerfile, platform }]) => {
      const platforms = parsePlatforms(platform ?? '', (wrong) => {
        const message = `${service}.platform is ${JSON.stringify(wrong)}: it must be a platform such as linux/amd64.`;
        problems.push({
          code: 'config-invalid',
          message,
          place: yaml.placeOf([...mapping.path, service, 'platform']),
        });
      });
      return {
        name: imageName,
        context: buildContext,
        dockerfile: dockerfile ?? join(buildContext, 'Dockerfile'),
        platforms,
        args: new Map(),
        labels: new Map(),
      } satisfies ImageConfig;
    },
  );
  if (problems.length > 0) throw invalid(yaml.file, problems);
  return {
    file: yaml.file,
    registry: { kind: 'caller' },
    images,
    tags: defaults.buildTags,
    environments: modelEnvironments,
    gate: defaults.gate,
  };
}

/** What a SAM template's parameter `RepositoryPrefix` says about the registry. */
export function readTemplateRegistry({ value }: YamlFile): RegistrySource {
  const parameter = at(value, ['Parameters', 'RepositoryPrefix']);
  const type = at(parameter, ['Type']);
  const fallback = at(parameter, ['Default']);
  if (typeof type !== 'string' || typeof fallback !== 'string') return { kind: 'caller' };
  if (ssmType.test(type)) return { kind: 'parameter', name: fallback };
  const registry = parseRegistry(fallback);
  return registry === undefined ? { kind: 'caller' } : { kind: 'literal', registry };
}

function findMapping({ value }: YamlFile): { path: readonly string[]; value: unknown } | undefined {
  return mappingPaths
    .map((path) => ({ path, value: at(value, path) }))
    .find((found) => found.value !== undefined);
}

function parsePlatforms(text: string, refuse: (wrong: string) => void): Platform[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .flatMap((part) => {
      const platform = parsePlatform(part);
      if (platform === undefined) refuse(part);
      return platform ?? [];
    });
}

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (parent, key) =>
      parent !== null && typeof parent === 'object' ? (parent as Record<string, unknown>)[key] : undefined,
    value,
  );
}
