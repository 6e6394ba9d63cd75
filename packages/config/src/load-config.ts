import { CodedError } from '@towpath/errors';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bareDockerfile } from './bare-dockerfile.ts';
import type { Config, RegistrySource } from './config.ts';
import {
  hasImageBuildConfiguration,
  readImageBuildConfiguration,
  readTemplateRegistry,
} from './model-forms.ts';
import { cloudFormationTags } from './cloudformation.ts';
import { insideWorkspace } from './paths.ts';
import { invalid } from './invalid.ts';
import { readTowpathYaml } from './towpath-yaml.ts';
import { parseYaml, type YamlFile } from './yaml-file.ts';

export interface ConfigOptions {
  /** Absolute path of the repository. */
  readonly workspace: string;
  /** The file to read instead of looking one up, relative to the workspace. */
  readonly file?: string;
  /** What the image of a bare Dockerfile is called: the repository's name. */
  readonly bareName: string;
  /** For those who build: where a bare Dockerfile is, and what it is built from, when it is not the root. */
  readonly bare?: { readonly context?: string; readonly dockerfile?: string };
}

const lookUpOrder = [
  'towpath.yaml',
  'towpath.yml',
  'image-build-config.yaml',
  'image-build-config.yml',
  'template.yaml',
  'template.yml',
];
const templates = ['template.yaml', 'template.yml'];

/**
 * Reads the configuration of a repository: the named file, else `towpath.yaml`, `image-build-config.yaml`, a
 * `template.yaml` that maps images, else the Dockerfile in the root; who does not build needs none.
 *
 * @throws CodedError `config-missing`, or `config-invalid` that lists every problem with its place
 */
export async function loadConfig(options: ConfigOptions): Promise<Config> {
  const { workspace, file } = options;
  const config = file === undefined ? await lookUp(options) : await readConfig(workspace, file);
  if (config.registry.kind !== 'caller') return config;
  return { ...config, registry: await registryOfTemplate(workspace) };
}

async function lookUp(options: ConfigOptions): Promise<Config> {
  const { workspace } = options;
  for (const file of lookUpOrder.filter((name) => existsSync(join(workspace, name)))) {
    if (!templates.includes(file)) return readConfig(workspace, file);
    const yaml = await readYaml(workspace, file);
    if (hasImageBuildConfiguration(yaml)) return readImageBuildConfiguration(yaml);
  }
  return bareDockerfile(options);
}

async function readConfig(workspace: string, file: string): Promise<Config> {
  const yaml = await readYaml(workspace, file);
  return hasImageBuildConfiguration(yaml) ? readImageBuildConfiguration(yaml) : readTowpathYaml(yaml);
}

/** The registry that a SAM template's `RepositoryPrefix` names, for configurations that name none. */
async function registryOfTemplate(workspace: string): Promise<RegistrySource> {
  const file = templates.find((name) => existsSync(join(workspace, name)));
  return file === undefined ? { kind: 'caller' } : readTemplateRegistry(await readYaml(workspace, file));
}

async function readYaml(workspace: string, file: string): Promise<YamlFile> {
  const path = await insideWorkspace(workspace, file);
  const yaml = parseYaml(file, await readText(path, file), cloudFormationTags);
  if ('problems' in yaml) throw invalid(file, yaml.problems);
  return yaml;
}

async function readText(path: string, file: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new CodedError('config-missing', `The configuration ${file} cannot be read.`, {
      hint: 'Input config is a path from the root of the repository. Is the repository checked out?',
      cause,
    });
  }
}
