import type { Config, RegistrySource } from '@towpath/config';
import { formatPlatform, formatRegistry } from '@towpath/reference';

/** The key of a configuration that an input takes precedence over. */
export interface FileKey {
  /** The possible paths of the key in a `towpath.yaml`. `*` is the name of an image or environment. */
  readonly paths: readonly (readonly string[])[];
  /** Returns the values that apply, one for all, or one for each image or environment that has its own. */
  readonly read: (config: Config) => readonly string[];
  /** What applies if the value is in no configuration. */
  readonly fallback: string;
}

const registry: FileKey = {
  paths: [['registry']],
  read: ({ registry: source }) => [describeRegistry(source)].filter((text) => text !== ''),
  fallback: 'the registry of the AWS account',
};

const platforms: FileKey = {
  paths: [['images', '*', 'platforms']],
  read: ({ images }) =>
    images.flatMap((image) =>
      image.platforms.length === 0
        ? []
        : [`${image.name}: ${image.platforms.map((one) => formatPlatform(one)).join(', ')}`],
    ),
  fallback: 'the platform of the builder',
};

/** The values of build args can be secret, although they stay in the history of the image. */
const buildArgs: FileKey = {
  paths: [['images', '*', 'args']],
  read: ({ images }) =>
    images.flatMap(({ name, args }) =>
      args.size === 0 ? [] : [`${name}: ${[...args.keys()].map((one) => `${one}=***`).join(', ')}`],
    ),
  fallback: '',
};

const reuse: FileKey = {
  paths: [['reuse']],
  read: ({ build }) => (build.reuse === undefined ? [] : [`${build.reuse.maxAge / 86_400_000} days`]),
  fallback: 'off',
};

const policy: FileKey = {
  paths: [
    ['gate', 'policy'],
    ['environments', '*', 'gate', 'policy'],
  ],
  read: () => [],
  fallback: '',
};

const role: FileKey = {
  paths: [['environments', '*', 'role']],
  read: ({ environments }) =>
    environments.flatMap(({ name, role: arn }) => (arn === undefined ? [] : [`${name}: ${arn}`])),
  fallback: 'the AWS credentials of the command',
};

const sources: FileKey = {
  paths: [['environments', '*', 'from']],
  read: ({ environments }) => environments.map(({ name, from }) => `${name}: ${from.join(', ')}`),
  fallback: '',
};

/** The inputs of each command that take precedence over a key of the configuration. */
export const fileKeys: Readonly<Record<string, Readonly<Record<string, FileKey>>>> = {
  matrix: { platforms, reuse, 'build-args': buildArgs },
  build: {
    platforms,
    reuse,
    'build-args': buildArgs,
    cache: {
      paths: [['cache'], ['images', '*', 'cache']],
      read: ({ build, images }) => [
        build.cache.type,
        ...images.flatMap(({ name, cache }) => (cache === undefined ? [] : [`${name}: ${cache.type}`])),
      ],
      fallback: 'none',
    },
    attestations: {
      paths: [['attestations']],
      read: ({ build }) => [build.attestations],
      fallback: '',
    },
    scan: { paths: [['scan']], read: ({ build }) => [[build.scan].flat().join(', ')], fallback: '' },
    lint: { paths: [['lint', 'build'], ['lint']], read: ({ lint }) => [lint.build], fallback: '' },
    proxy: { paths: [['proxy']], read: ({ build }) => [build.proxy], fallback: '' },
  },
  publish: {
    registry,
    registries: registry,
    'build-args': buildArgs,
    tags: {
      paths: [['tags']],
      read: ({ tags }) => [tags.map(({ source }) => source).join(', ')],
      fallback: '',
    },
    'ecr-repository': {
      paths: [['images', '*', 'repository']],
      read: ({ images }) =>
        images.flatMap(({ name, repository }) =>
          repository === undefined ? [] : [`${name}: ${repository}`],
        ),
      fallback: 'the prefix of the registry and the name of the image',
    },
  },
  'scan-gate': {
    policy,
    'fail-on': {
      paths: [
        ['gate', 'fail-on'],
        ['environments', '*', 'gate', 'fail-on'],
      ],
      read: (config) => ofGates(config, ({ failOn }) => failOn),
      fallback: '',
    },
    'max-age': {
      paths: [
        ['gate', 'max-age'],
        ['environments', '*', 'gate', 'max-age'],
      ],
      read: (config) =>
        ofGates(config, ({ maxAge }) => (maxAge === undefined ? 'any age' : `${maxAge / 86_400_000} days`)),
      fallback: '',
    },
    'on-unsupported': {
      paths: [
        ['gate', 'on-unsupported'],
        ['environments', '*', 'gate', 'on-unsupported'],
      ],
      read: (config) => ofGates(config, ({ onUnsupported = 'fail' }) => onUnsupported),
      fallback: '',
    },
  },
  promote: { policy, 'source-environment': sources, 'source-role': role, 'target-role': role },
  rollback: { 'target-role': role },
  board: {
    registries: {
      paths: [['registry'], ['environments', '*', 'registry']],
      read: ({ registry: source, environments }) => [
        ...[describeRegistry(source)].filter((text) => text !== ''),
        ...environments.flatMap(({ name, registry: own }) =>
          own === undefined ? [] : [`${name}: ${describeRegistry(own)}`],
        ),
      ],
      fallback: 'the registry of the AWS account',
    },
  },
  init: { registry },
};

function describeRegistry(source: RegistrySource): string {
  if (source.kind === 'caller') return '';
  return source.kind === 'parameter' ? `ssm:${source.name}` : formatRegistry(source.registry);
}

/** Returns the value of the gate, and those of environments with another value. */
function ofGates({ gate, environments }: Config, read: (gate: Config['gate']) => string): readonly string[] {
  const value = read(gate);
  return [
    value,
    ...environments.flatMap(({ name, gate: own }) => {
      if (own === undefined) return [];
      const ownValue = own === 'off' ? 'off' : read(own);
      return ownValue === value ? [] : [`${name}: ${ownValue}`];
    }),
  ];
}
