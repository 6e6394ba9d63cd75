import { CodedError } from '@towpath/errors';
import { parseRegistry } from '@towpath/reference';
import { join } from 'node:path/posix';
import { modelBuildConfig, plainBuild } from './build-options.ts';
import type { Config, ImageConfig } from './config.ts';
import type { RegistrySource } from './registry-source.ts';
import { imagesAlone } from './defaults.ts';
import { invalid } from './invalid.ts';
import type { Keys } from './keys.ts';
import { validate } from './validate.ts';
import { imageBuildConfigurationSchema } from './schema.ts';
import type * as z from 'zod';
import type { YamlFile } from './yaml-file.ts';

/** The paths of the mapping: the top level of `image-build-config.yaml`, and `Mappings` in a SAM template. */
const mappingPaths = [['ImageBuildConfiguration'], ['Mappings', 'ImageBuildConfiguration']];

const ssmType = /^AWS::SSM::Parameter::(?:Value<String>|Name)$/;

export function hasImageBuildConfiguration(yaml: YamlFile): boolean {
  return findMapping(yaml) !== undefined;
}

/**
 * Reads the model's configuration: a map from service to `{imageName, buildContext, dockerfile, platform}`.
 *
 * @throws CodedError `config-invalid` that lists every problem with its position
 */
export function readImageBuildConfiguration(yaml: YamlFile): Config {
  const mapping = findMapping(yaml);
  if (mapping === undefined) throw new Error('the caller has looked for the mapping');
  const services = validateMapping(mapping.value, yaml, mapping.path);
  const images = Object.values(services).map(
    ({ imageName, buildContext, dockerfile, platform }): ImageConfig => ({
      name: imageName,
      context: buildContext,
      dockerfile: dockerfile ?? join(buildContext, 'Dockerfile'),
      platforms: platform ?? [],
      ...plainBuild,
    }),
  );
  // Several services may run one image.
  const named = new Map(images.map((image) => [image.name, image]));
  return { ...imagesAlone(yaml.file, [...named.values()], modelBuildConfig), ledger: 'if-readable' };
}

function validateMapping(
  value: unknown,
  yaml: YamlFile,
  path: readonly string[],
): z.output<typeof imageBuildConfigurationSchema> {
  try {
    return validate(imageBuildConfigurationSchema, withoutFunctions(value), yaml, path);
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    const hint =
      'Write the value itself. If only CloudFormation knows it, list the images in an image-build-config.yaml.';
    throw invalid(
      yaml.file,
      error.problems.map((problem) =>
        problem.message.endsWith('which Towpath does not evaluate.') ? { ...problem, hint } : problem,
      ),
    );
  }
}

/**
 * Replaces functions in their long form, which no schema accepts: `{ Ref: Name }`, and `Fn::Transform` among
 * the services.
 */
function withoutFunctions(value: unknown, depth = 3): unknown {
  if (depth === 0 || value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  const entries = Object.entries(value);
  const [name] = entries.length === 1 ? Object.keys(value) : [];
  if (name === 'Ref' || name === 'Condition') return Symbol.for(name);
  return Object.fromEntries(
    entries.map(([key, one]) => [
      key,
      key.startsWith('Fn::') ? Symbol.for(key) : withoutFunctions(one, depth - 1),
    ]),
  );
}

/**
 * Checks that a template that mentions the mapping, but has none, does not include it from another file.
 *
 * @throws CodedError `config-invalid` if a transform generates the mappings
 */
export function requireOwnMappings(yaml: YamlFile): void {
  const mappings = at(yaml.value, ['Mappings']);
  const isIncluded = typeof mappings === 'symbol' || at(mappings, ['Fn::Transform']) !== undefined;
  if (!isIncluded) return;
  throw new CodedError('config-invalid', 'Mappings holds Fn::Transform, which Towpath does not evaluate.', {
    hint: 'Write Mappings.ImageBuildConfiguration into the template itself, or list the images in an image-build-config.yaml.',
  });
}

/** Returns the keys of the model's form. If several services run one image, its keys are those of the first. */
export function modelKeys(yaml: YamlFile): Keys {
  const { path = [], value = {} } = findMapping(yaml) ?? {};
  const services = new Map(
    Object.entries(value as object)
      .map(([service, one]) => [at(one, ['imageName']), service] as const)
      .reverse(),
  );
  return {
    image: (name, [key] = []) => [
      ...path,
      services.get(name) ?? '',
      key === 'context' ? 'buildContext' : key === undefined ? 'imageName' : 'dockerfile',
    ],
    positionOf: yaml.positionOf,
    rename: 'Give the service another imageName.',
    separate: 'Give each service its own imageName.',
  };
}

/** Returns the registry from the parameter `RepositoryPrefix` of a SAM template. */
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

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (parent, key) =>
      parent !== null && typeof parent === 'object' ? (parent as Record<string, unknown>)[key] : undefined,
    value,
  );
}
