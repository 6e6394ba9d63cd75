import { CodedError, type Problem } from '@towpath/errors';
import { readTextWithin } from '@towpath/files';
import { existsSync, statSync } from 'node:fs';
import { isAbsolute, join, normalize, relative, resolve } from 'node:path';
import { bakeCall, isBakeFile, openedFiles } from './bake-files.ts';
import { singleDockerfile } from './single-dockerfile.ts';
import { tagProblems } from './check-tags.ts';
import type { ConfigOptions } from './config-options.ts';
import type { Config } from './config.ts';
import { bakeKeys, dockerfileKeys, towpathKeys, type Keys } from './keys.ts';
import { linkProblems } from './links.ts';
import {
  hasImageBuildConfiguration,
  modelKeys,
  readImageBuildConfiguration,
  readTemplateRegistry,
  requireOwnMappings,
} from './model-forms.ts';
import { namesDockerfiles, readDockerfiles } from './dockerfiles.ts';
import { insideWorkspace } from './paths.ts';
import { repositoryProblems } from './repository-problems.ts';
import { invalid } from './invalid.ts';
import { readNamedPolicies } from './policy-file.ts';
import { readTowpathYaml } from './towpath-yaml.ts';
import { withVex } from './vex-files.ts';
import { maxFileSize, parseYaml, type YamlFile } from './yaml-file.ts';

const lookUpOrder = ['towpath.yaml', 'towpath.yml', 'image-build-config.yaml', 'image-build-config.yml'];
const templates = ['template.yaml', 'template.yml'];

/**
 * Reads the configuration of a repository. The named file may be a `towpath.yaml`, a bake or Compose file, a
 * Dockerfile, or a glob for several Dockerfiles. Without a name, it reads the first of: `towpath.yaml`,
 * `image-build-config.yaml`, a `template.yaml` that maps images, and the Dockerfile in the root. Steps that
 * do not build work without any of these.
 *
 * @throws CodedError `config-missing`, or `config-invalid` that lists every problem with its position
 */
export async function loadConfig(options: ConfigOptions): Promise<Config> {
  const { workspace, file } = options;
  const {
    config: read,
    keys,
    problems: named = [],
  } = file === undefined ? await lookUp(options) : await readNamed(options, file);
  const located = read.registry.kind === 'caller' ? await withTemplateRegistry(read, workspace) : read;
  const { value: config, problems: vex } = await withVex(located, workspace, keys.positionOf);
  // The paths of a single Dockerfile come from the inputs.
  const links = config.isBare === true ? [] : linkProblems(config, workspace, keys);
  const problems = [...links, ...tagProblems(config, keys), ...named, ...vex];
  if (problems.length > 0) throw invalid(config.file, problems);
  const repositories = { ...config.repositories, problems: repositoryProblems(config, keys) };
  return { ...config, repositories };
}

/** A configuration and the positions of its keys. */
interface Reading {
  readonly config: Config;
  readonly keys: Keys;
  /** Why policy files cannot be read. */
  readonly problems?: readonly Problem[];
}

async function withTemplateRegistry(config: Config, workspace: string): Promise<Config> {
  const template = await readTemplate(workspace, 'RepositoryPrefix');
  return template === undefined ? config : { ...config, registry: readTemplateRegistry(template) };
}

async function lookUp(options: ConfigOptions): Promise<Reading> {
  const { workspace } = options;
  const file = lookUpOrder.find((name) => existsSync(join(workspace, name)));
  if (file !== undefined) return readConfig(workspace, file);
  const template = await readTemplate(workspace, 'ImageBuildConfiguration');
  if (template !== undefined && hasImageBuildConfiguration(template)) return readModelForm(template);
  if (template !== undefined) requireOwnMappings(template);
  return fromDockerfiles(singleDockerfile(options));
}

async function readNamed(options: ConfigOptions, named: string): Promise<Reading> {
  const { workspace, defaultName, printBake } = options;
  const file = isAbsolute(named) ? relative(workspace, named) : normalize(named);
  if (namesDockerfiles(file)) return fromDockerfiles(readDockerfiles(workspace, file, defaultName));
  if (!isBakeFile(file)) return readConfig(workspace, named);
  const call = bakeCall(workspace, file);
  for (const one of openedFiles(workspace, call)) await readText(workspace, one);
  const { readBakeFile } = await import('./bake.ts');
  return { config: await readBakeFile(file, call, printBake), keys: bakeKeys(file) };
}

async function readConfig(workspace: string, file: string): Promise<Reading> {
  const yaml = await readYaml(workspace, file);
  if (hasImageBuildConfiguration(yaml)) return readModelForm(yaml);
  const { policies, problems } = await readNamedPolicies(yaml, workspace);
  return { config: readTowpathYaml(yaml, policies), keys: towpathKeys(yaml), problems };
}

function fromDockerfiles(config: Config): Reading {
  return { config, keys: dockerfileKeys(config) };
}

function readModelForm(yaml: YamlFile): Reading {
  return { config: readImageBuildConfiguration(yaml), keys: modelKeys(yaml) };
}

/**
 * Reads the SAM template of the repository if it contains the word. Other tools use this file name for files
 * that are not YAML, so Towpath does not parse a file without the word.
 */
async function readTemplate(workspace: string, word: string): Promise<YamlFile | undefined> {
  const file = templates.find((name) => existsSync(join(workspace, name)));
  if (file === undefined) return undefined;
  // CloudFormation rejects larger templates.
  if (statSync(join(workspace, file)).size > maxFileSize) return undefined;
  const text = await readText(workspace, file);
  return text.includes(word) ? parse(file, text) : undefined;
}

async function readYaml(workspace: string, path: string): Promise<YamlFile> {
  return parse(relative(workspace, resolve(workspace, path)), await readText(workspace, path));
}

function parse(file: string, text: string): YamlFile {
  const yaml = parseYaml(file, text);
  if ('problems' in yaml) throw invalid(file, yaml.problems);
  return yaml;
}

async function readText(workspace: string, file: string): Promise<string> {
  const path = insideWorkspace(workspace, file);
  try {
    return await readTextWithin(path, { code: 'config-invalid', name: file, maxBytes: maxFileSize });
  } catch (cause) {
    if (cause instanceof CodedError) throw invalid(file, cause.problems);
    throw new CodedError('config-missing', `The configuration ${file} cannot be read.`, {
      hint: 'Input config is a path from the root of the repository. If no repository is checked out, run actions/checkout in a step before this one.',
      cause,
    });
  }
}
