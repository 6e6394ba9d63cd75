import { isNodeList, parseNodes, type BuilderChoice, type DriverOptions } from '@towpath/buildx';
import { isJobCredential, isJobVariable } from '@towpath/ci';
import {
  attestationModes,
  cacheTypes,
  lintModes,
  readPlatforms,
  scanModes,
  scannerNames,
  type AttestationMode,
  type CacheConfig,
  type ScanConfig,
  type ScannerName,
  type LintMode,
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
import { parseReuse, type ReuseInput } from '@towpath/reuse';
import { normalize } from 'node:path';

export interface BuildInputs extends ProjectInputs {
  /** The folder to write the image set to. */
  readonly imageSet: string | undefined;
  readonly builder: BuilderChoice;
  /** The maximum number of images to build at the same time. */
  readonly parallel: number;
  /** Overrides the configuration. */
  readonly cache: CacheConfig | undefined;
  readonly attestations: AttestationMode | undefined;
  /** The images that are reused instead of built. Overrides the configuration. */
  readonly reuse: ReuseInput | undefined;
  /** Overrides the configuration. */
  readonly scan: ScanConfig | undefined;
  /** The file for the findings of the scan as SARIF, relative to the workspace. */
  readonly sarifOut: string | undefined;
  /** The file for the report of the scan as JSON, relative to the workspace. */
  readonly reportOut: string | undefined;
  /** Overrides the configuration. If true, a missing Docker daemon is an error. */
  readonly load: boolean | undefined;
  /** Overrides the configuration. */
  readonly lint: LintMode | undefined;
  /** Takes precedence over the environment. `off` disables the proxy. */
  readonly proxy: 'off' | ReadonlyMap<string, string>;
  /** Overrides the configuration. If empty, the configuration applies. */
  readonly platforms: readonly Platform[];
  /** Added to the configuration's args. Takes precedence over them. */
  readonly args: ReadonlyMap<string, string>;
  /** Values for the variables of secrets. They take precedence over the environment. */
  readonly secrets: ReadonlyMap<string, string>;
  /** The inputs for a repository that has only a Dockerfile. */
  readonly context: string | undefined;
  readonly dockerfile: string | undefined;
}

/** Parses `off` or a list of proxy variables. Addresses may contain a password. */
const proxyVariables: Kind<'off' | ReadonlyMap<string, string>> = {
  form: 'pairs',
  confidential: true,
  parse: (given) => (given.toLowerCase() === 'off' ? 'off' : withoutBlanks(pairs.parse(given))),
};

/** Trims trailing whitespace from the values: no proxy address ends with it. */
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
    scan: withDefault(list, []),
    'sarif-out': optional(text),
    'report-out': optional(text),
    load: optional(flag),
    lint: optional(choice(lintModes)),
    proxy: withDefault(proxyVariables, new Map<string, string>()),
    platforms: withDefault(list, []),
    'build-args': withDefault(pairs, new Map<string, string>()),
    secrets: withDefault(secretPairs, new Map<string, string>()),
    'build-context': optional(text),
    dockerfile: optional(text),
    'evaluated-config': optional(text),
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
    const files = [values['sarif-out'], values['report-out'], values['plan-out']].flatMap(
      (path) => path ?? [],
    );
    if (new Set(files.map((path) => normalize(path))).size < files.length)
      problem(
        'Two of the inputs sarif-out, report-out and plan-out name the same file.',
        'Give each file its own name.',
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
      reuse: parseReuse(values.reuse, problem),
      scan: readScan(values.scan, problem),
      sarifOut: values['sarif-out'],
      reportOut: values['report-out'],
      load: values.load,
      lint: values.lint,
      proxy: values.proxy,
      platforms: readPlatforms(values.platforms, problem),
      args: values['build-args'],
      secrets: values.secrets,
      context: values['build-context'],
      dockerfile: values.dockerfile,
      evaluatedConfig: values['evaluated-config'],
    };
  },
);

/** Returns the scanners that an input names. Undefined: the configuration applies. */
function readScan(given: readonly string[], problem: (message: string) => void): ScanConfig | undefined {
  const words = given.map((word) => word.toLowerCase());
  if (words.length === 0) return undefined;
  const mode = scanModes.find((one) => one === words[0]);
  if (mode !== undefined && words.length === 1) return mode;
  const names = words.flatMap((word): ScannerName[] => scannerNames.filter((name) => name === word));
  if (names.length === words.length) return [...new Set(names)];
  problem(
    `Input scan is ${JSON.stringify(given.join(', ').slice(0, 100))}: it must be one of ${scanModes.join(', ')}, or a list of ${scannerNames.join(', ')}.`,
  );
  return undefined;
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
      'Inputs builder and driver-opts exclude each other: driver-opts are for a builder that this step creates.',
    );
  if (!isNodeList(text)) return { kind: 'name', name: text };
  const refuse = (message: string) => {
    problem(`Input builder is wrong: ${message}`);
  };
  return { kind: 'nodes', nodes: parseNodes(text, refuse) };
}
