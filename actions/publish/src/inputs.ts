import { parseRegistrySource, wrongRegistry, wrongRepository, type RegistrySource } from '@towpath/config';
import { flag, list, optional, pairs, readInputs, text, withDefault, withStatedDefault } from '@towpath/flow';
import {
  anyImages,
  namedImages,
  parseImageLists,
  projectInputs,
  versionProblems,
  type GivenImage,
  type ProjectInputs,
} from '@towpath/project';
import { parsePlatform, formatPlatform } from '@towpath/reference';
import type { ExpectedImages } from '@towpath/image-set';
import { parseTemplates, type TagTemplate } from '@towpath/tags';

export interface PublishInputs extends ProjectInputs {
  /** The version, or the keyword for its source. */
  readonly version: string;
  /** The folder for deployment files, relative to the workspace. */
  readonly deploymentFiles: string | undefined;
  /**
   * Folders of image sets to merge, or folders that contain such folders. Empty: the set that a build in this job
   * created.
   */
  readonly imageSets: readonly string[];
  /** The images that the build lists; others are not published. Undefined: all images. */
  readonly expected: readonly GivenImage[] | undefined;
  /** The images and platforms that a matrix planned. Undefined: there was no matrix. */
  readonly planned: ExpectedImages | undefined;
  /** Replaces the tags of the configuration. Undefined: the configuration's tags. */
  readonly tags: readonly TagTemplate[] | undefined;
  /** Replaces the registry of the configuration. Empty: the configuration's registry. */
  readonly registries: readonly RegistrySource[];
  /** The model's input: the full repository name of the only image. */
  readonly repository: string | undefined;
  readonly createRepository: boolean;
  /** Whether version tags may be moved to another image. */
  readonly moveVersionTags: boolean;
  /** The environment that the version enters first. Undefined: the configuration's first. */
  readonly environment: string | undefined;
  /** The build args of the build, in addition to the configured ones. The fingerprints depend on them. */
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
    expected: optional(text),
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
      expected: parseImageLists(values.images, problem),
      planned: parsePlanned(values.expected, problem),
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

/** Reads the output `expected` of `matrix`: the platforms of each image, by its name. */
function parsePlanned(given: string | undefined, problem: Complain): ExpectedImages | undefined {
  if (given === undefined) return undefined;
  const planned = readPlanned(given);
  if (planned === undefined)
    problem(
      'Input expected is not the output expected of matrix.',
      'Pass it on as it is, e.g. {"web": ["linux/amd64", "linux/arm64"]}.',
    );
  return planned;
}

function readPlanned(given: string): ExpectedImages | undefined {
  try {
    const read: unknown = JSON.parse(given);
    if (typeof read !== 'object' || read === null || Array.isArray(read)) return undefined;
    const images = Object.entries(read as Readonly<Record<string, unknown>>);
    const isValid = images.every(
      ([, list]) => Array.isArray(list) && list.every((one) => typeof one === 'string' && parsePlatform(one)),
    );
    if (!isValid || images.length === 0) return undefined;
    return new Map(
      (images as [string, string[]][]).map(([name, list]) => [
        name,
        list.flatMap((one) => parsePlatform(one) ?? []).map(formatPlatform),
      ]),
    );
  } catch {
    return undefined;
  }
}

function parseTags(sources: readonly string[], problem: Complain): readonly TagTemplate[] {
  return withRulesWhole(sources).flatMap((source) => {
    const parsed = parseTemplates(source);
    if ('wrong' in parsed) problem(`Input tags: ${parsed.wrong}`);
    return 'templates' in parsed ? parsed.templates : [];
  });
}

/**
 * Joins the rules of docker/metadata-action again: the comma in `type=semver,pattern={{version}}` separates no
 * tags.
 */
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
