import { parseRegistrySource, wrongRegistry, wrongRepository, type RegistrySource } from '@towpath/config';
import { flag, list, optional, pairs, readInputs, text, withDefault, withStatedDefault } from '@towpath/flow';
import {
  anyImages,
  namedImages,
  parseImageList,
  projectInputs,
  versionProblems,
  type GivenImage,
  type ProjectInputs,
} from '@towpath/project';
import { parseTemplates, type TagTemplate } from '@towpath/tags';

export interface PublishInputs extends ProjectInputs {
  /** The version, or a word for where it is read. */
  readonly version: string;
  /** The folder for those who deploy, relative to the workspace. */
  readonly deploymentFiles: string | undefined;
  /** Folders of image sets that make one, or folders that hold such. Empty: what a build in this job has left. */
  readonly imageSets: readonly string[];
  /** The images that the build lists: no others are published. Undefined: any are. */
  readonly expected: readonly GivenImage[] | undefined;
  /** Instead of the configuration's. Undefined: the configuration's. */
  readonly tags: readonly TagTemplate[] | undefined;
  /** Instead of the configuration's. Empty: the configuration's. */
  readonly registries: readonly RegistrySource[];
  /** The model's input: the full repository name of the one image. */
  readonly repository: string | undefined;
  readonly createRepository: boolean;
  /** Whether tags that hold the version may be moved to another image. */
  readonly moveVersionTags: boolean;
  /** The environment that the version is to enter first. Undefined: the configuration's first. */
  readonly environment: string | undefined;
  /** What the build was given beside the configuration: without them its fingerprints cannot be computed. */
  readonly args: ReadonlyMap<string, string>;
  readonly context: string | undefined;
  readonly dockerfile: string | undefined;
}

type Complain = (message: string, hint?: string) => void;

export const inputs = readInputs(
  {
    ...projectInputs,
    version: withStatedDefault(text, 'auto'),
    'image-set': withDefault(list, []),
    images: withStatedDefault(text, anyImages),
    tags: withDefault(list, []),
    registry: optional(text),
    registries: withDefault(list, []),
    'create-repository': withDefault(flag, false),
    'move-version-tags': withDefault(flag, false),
    environment: optional(text),
    'image-name': withDefault(list, []),
    'deployment-files': optional(text),
    'ecr-repository': optional(text),
    'build-args': withDefault(pairs, new Map<string, string>()),
    'build-context': optional(text),
    dockerfile: optional(text),
  },
  (values, problem): PublishInputs => {
    const tags = parseTags(values.tags, problem);
    for (const { message, hint } of versionProblems(values.version)) problem(message, hint);
    const repository = values['ecr-repository'];
    const wrong =
      repository === undefined
        ? undefined
        : wrongRepository(repository, {
            repository: 'ecr-repository',
            registry: 'the input registry',
          });
    if (wrong !== undefined)
      problem(`Input ecr-repository is ${JSON.stringify(repository)}: it ${sentence(wrong)}`);
    return {
      config: values.config,
      ...namedImages(values.only, values['image-name']),
      region: values.region,
      dryRun: values['dry-run'],
      planOut: values['plan-out'],
      version: values.version,
      deploymentFiles: values['deployment-files'],
      imageSets: values['image-set'],
      expected: parseImageList(values.images, problem),
      tags: tags.length === 0 ? undefined : tags,
      registries: parseRegistries(values.registry, values.registries, problem),
      repository,
      createRepository: values['create-repository'],
      moveVersionTags: values['move-version-tags'],
      environment: values.environment,
      args: values['build-args'],
      context: values['build-context'],
      dockerfile: values.dockerfile,
    };
  },
);

function parseTags(sources: readonly string[], problem: Complain): readonly TagTemplate[] {
  return withRulesWhole(sources).flatMap((source) => {
    const parsed = parseTemplates(source);
    if ('wrong' in parsed) problem(`Input tags: ${parsed.wrong}`);
    return 'templates' in parsed ? parsed.templates : [];
  });
}

/** The commas in a rule of docker/metadata-action do not separate tags: `type=semver,pattern={{version}}` is one. */
function withRulesWhole(sources: readonly string[]): readonly string[] {
  const whole: string[] = [];
  for (const source of sources) {
    const last = whole.at(-1);
    const isRest = /^(?:pattern|event|value|enable|priority|prefix|suffix|format|branch)=/.test(source);
    if (isRest && last?.startsWith('type=')) whole[whole.length - 1] = `${last},${source}`;
    else whole.push(source);
  }
  return whole;
}

function parseRegistries(
  one: string | undefined,
  several: readonly string[],
  problem: Complain,
): readonly RegistrySource[] {
  if (one !== undefined && several.length > 0)
    problem('Inputs registry and registries are both given.', 'Name all of them in registries.');
  const given = [
    ...(one === undefined ? [] : [{ name: 'registry', text: one }]),
    ...several.map((text) => ({ name: 'registries', text })),
  ];
  return given.flatMap(({ name, text }) => {
    const source = parseRegistrySource(text);
    if (source === undefined) problem(`Input ${name} ${wrongRegistry(text).replace(/(?<!\\?)$/, '.')}`);
    return source ?? [];
  });
}

function sentence(text: string): string {
  return text.endsWith('?') ? text : `${text}.`;
}
