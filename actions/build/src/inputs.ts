import { isNodeList, parseNodes, type BuilderChoice, type DriverOptions } from '@towpath/buildx';
import { isJobCredential, isJobVariable } from '@towpath/ci';
import {
  attestationModes,
  cacheTypes,
  distinctPlatforms,
  parseDuration,
  readPlatform,
  type AttestationMode,
  type CacheConfig,
} from '@towpath/config';
import {
  choice,
  count,
  flag,
  list,
  optional,
  pairs,
  secretPairs,
  readInputs,
  text,
  withDefault,
  type Kind,
} from '@towpath/flow';
import { projectInputs, type ProjectInputs } from '@towpath/project';
import { proxyName } from '@towpath/proxy';
import type { Platform } from '@towpath/reference';

export interface BuildInputs extends ProjectInputs {
  /** The folder to leave the image set in. */
  readonly imageSet: string | undefined;
  readonly builder: BuilderChoice;
  /** How many images are built at a time. */
  readonly parallel: number;
  /** Instead of the configuration's. */
  readonly cache: CacheConfig | undefined;
  readonly attestations: AttestationMode | undefined;
  /** How old an image may be that is taken instead of being built, in milliseconds. */
  readonly reuse: { readonly maxAge: number } | undefined;
  /** Instead of the configuration's; true demands a Docker. */
  readonly load: boolean | undefined;
  /** Before the environment's; off: none at all. */
  readonly proxy: 'off' | ReadonlyMap<string, string>;
  /** Instead of the configuration's. Empty: the configuration's. */
  readonly platforms: readonly Platform[];
  /** Beside the configuration's, and before them. */
  readonly args: ReadonlyMap<string, string>;
  /** Values of the variables that secrets come from, before the environment's. */
  readonly secrets: ReadonlyMap<string, string>;
  /** The model's inputs for a repository with nothing but a Dockerfile. */
  readonly context: string | undefined;
  readonly dockerfile: string | undefined;
}

/** `off`, or variables as an environment has them. Addresses may hold a password. */
const proxyVariables: Kind<'off' | ReadonlyMap<string, string>> = {
  confidential: true,
  parse: (given) => (given.toLowerCase() === 'off' ? 'off' : withoutBlanks(pairs.parse(given))),
};

/** No address of a proxy ends with a blank. */
function withoutBlanks(variables: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return new Map([...variables].map(([name, value]) => [name, value.trim()]));
}

export const inputs = readInputs(
  {
    ...projectInputs,
    'image-set': optional(text),
    builder: optional(text),
    'driver-opts': withDefault(pairs, new Map<string, string>()),
    'max-parallel': withDefault(count, 4),
    cache: optional(choice(cacheTypes)),
    attestations: optional(choice(attestationModes)),
    reuse: optional(text),
    load: optional(flag),
    proxy: withDefault(proxyVariables, new Map<string, string>()),
    platforms: withDefault(list, []),
    'build-args': withDefault(pairs, new Map<string, string>()),
    secrets: withDefault(secretPairs, new Map<string, string>()),
    'build-context': optional(text),
    dockerfile: optional(text),
  },
  (values, problem): BuildInputs => {
    for (const name of values['build-args'].keys())
      if (isJobCredential(name))
        problem(
          `Input build-args has ${name}: this is a credential of the job, and build args stay in the image’s history.`,
          'Remove the line. If a step needs such a value, name a variable of your own under secrets in the configuration.',
        );
    for (const name of values.secrets.keys())
      if (isJobVariable(name))
        problem(
          `Input secrets has ${name}: this variable belongs to the job, and every RUN step could send it away.`,
          'Give the value another name, such as NPM_TOKEN, and use this name under secrets in the configuration.',
        );
    const variables = values.proxy === 'off' ? [] : [...values.proxy.keys()];
    for (const name of variables)
      if (proxyName(name) === undefined)
        problem(
          `Input proxy has ${JSON.stringify(name)}: it takes HTTP_PROXY, HTTPS_PROXY, NO_PROXY, FTP_PROXY and ALL_PROXY.`,
        );
    return {
      config: values.config,
      only: values.only,
      region: values.region,
      dryRun: values['dry-run'],
      planOut: values['plan-out'],
      imageSet: values['image-set'],
      builder: chooseBuilder(values.builder, values['driver-opts'], problem),
      parallel: values['max-parallel'],
      cache: values.cache === undefined ? undefined : presetOf(values.cache),
      attestations: values.attestations,
      reuse: readReuse(values.reuse, problem),
      load: values.load,
      proxy: values.proxy,
      platforms: readPlatforms(values.platforms, problem),
      args: values['build-args'],
      secrets: values.secrets,
      context: values['build-context'],
      dockerfile: values.dockerfile,
    };
  },
);

function readPlatforms(names: readonly string[], problem: (message: string) => void): readonly Platform[] {
  const platforms = names.flatMap((name) => {
    const read = readPlatform(name);
    if ('platform' in read) return [read.platform];
    problem(`Input platforms ${read.wrong}${read.wrong.endsWith('?') ? '' : '.'}`);
    return [];
  });
  return distinctPlatforms(platforms);
}

function presetOf(type: CacheConfig['type']): CacheConfig {
  return type === 'none' ? { type } : { type, mode: 'max' };
}

function chooseBuilder(
  text: string | undefined,
  options: DriverOptions,
  problem: (message: string) => void,
): BuilderChoice {
  if (text === undefined) return options.size === 0 ? { kind: 'current' } : { kind: 'container', options };
  if (options.size > 0)
    problem(
      'Inputs builder and driver-opts exclude each other: the options are those of a builder that is made.',
    );
  if (!isNodeList(text)) return { kind: 'name', name: text };
  const refuse = (message: string) => {
    problem(`Input builder is wrong: ${message}`);
  };
  return { kind: 'nodes', nodes: parseNodes(text, refuse) };
}

function readReuse(
  text: string | undefined,
  problem: (message: string) => void,
): { readonly maxAge: number } | undefined {
  if (text === undefined) return undefined;
  const maxAge = parseDuration(text);
  if (maxAge === undefined)
    problem(`Input reuse is ${JSON.stringify(text)}: it must be a duration such as 12h or 7d.`);
  return { maxAge: maxAge ?? 0 };
}
