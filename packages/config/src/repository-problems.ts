import { suggest, type Problem } from '@towpath/errors';
import { coversPattern, lifecycleRules } from '@towpath/lifecycle';
import { deliveries, deliveryKey } from './collisions.ts';
import type { Config } from './config.ts';
import type { Keys } from './keys.ts';
import { registryProblems } from './registry-problems.ts';
import { settingsOf, type WrittenSettings } from './repository-settings.ts';
import { movingTags, protectionOf, settingsOfUse, type RepositoryUse } from './repository-uses.ts';
import { formatPath } from './validate.ts';

/** A contradiction in the settings of a repository. */
interface Contradiction {
  /** The setting and the keys below it, for example `lifecycle`, `keep`. */
  readonly path: readonly [keyof WrittenSettings, ...string[]];
  readonly message: string;
  readonly hint?: string;
}

/** Returns all contradictions in the key `repositories`, with their positions. */
export function repositoryProblems(config: Config, keys: Keys): readonly Problem[] {
  const uses = configuredUses(config);
  const problems = [
    ...unknownNames(config, keys),
    ...sharedEnvironments(config, keys),
    ...registryProblems(config, keys),
    ...uses.flatMap((use) =>
      contradictions(config, use)
        .filter(({ path: [setting] }) => isWritten(settingsOfUse(config, use), setting))
        .map((one) => describe(config, use, one, keys)),
    ),
  ];
  return [...new Map(problems.map((one) => [JSON.stringify(one), one])).values()];
}

/** The default of the immutability concerns only new repositories. */
function isWritten({ immutability, except }: WrittenSettings, setting: keyof WrittenSettings): boolean {
  return setting === 'lifecycle' || immutability !== undefined || except !== undefined;
}

/** Returns the uses of all repositories, as far as the configuration shows which of them are the same. */
function configuredUses(config: Config): readonly RepositoryUse[] {
  const groups = Map.groupBy(deliveries(config), deliveryKey).values();
  return [...groups].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    return {
      image: first.image,
      isPublished: group.some(({ environment }) => environment === undefined),
      environments: group.flatMap(({ environment }) => environment ?? []),
    };
  });
}

/** Returns the contradictions in the settings of one repository. */
export function contradictions(config: Config, use: RepositoryUse): readonly Contradiction[] {
  const written = settingsOfUse(config, use);
  return [
    ...immutabilityContradictions(config, use, written),
    ...lifecycleContradictions(config, use, written),
  ];
}

function immutabilityContradictions(
  config: Config,
  use: RepositoryUse,
  { immutability, except = [] }: WrittenSettings,
): Contradiction[] {
  const isMutable = immutability === 'mutable';
  const stuck = movingTags(config, use).filter(
    (tag) => except.some((filter) => coversPattern(filter, tag)) === isMutable,
  );
  return stuck.map((tag) => ({
    path: [isMutable || immutability === undefined ? 'except' : 'immutability'],
    message: isMutable
      ? `makes the tag ${tag} immutable, but it moves with every version`
      : `makes the tag ${tag} immutable, but it moves with every version and no pattern of except covers it`,
    hint: isMutable
      ? `Remove the pattern for ${tag} from except.`
      : `Write except: [${[...except, tag].join(', ')}]${except.length >= 5 ? ', with at most 5 patterns' : ''}.`,
  }));
}

function lifecycleContradictions(
  config: Config,
  use: RepositoryUse,
  { lifecycle }: WrittenSettings,
): Contradiction[] {
  if (lifecycle?.kind !== 'preset') return [];
  return lifecycleRules(lifecycle, protectionOf(config, use)).problems.map(({ path, message }) => ({
    path: ['lifecycle', ...path],
    message,
  }));
}

function unknownNames({ repositories, images, environments }: Config, keys: Keys): Problem[] {
  const known = {
    images: images.map(({ name }) => name),
    environments: environments.map(({ name }) => name),
  };
  const written = [
    ...(['images', 'environments'] as const).flatMap((key) =>
      Object.keys(repositories[key]).map((name) => ({
        name,
        path: ['repositories', key, name],
        valid: known[key],
      })),
    ),
    ...settingsPaths(repositories).flatMap(([path, { lifecycle }]) =>
      lifecycle?.kind !== 'preset'
        ? []
        : Object.keys(lifecycle.environments).map((name) => ({
            name,
            path: [...path, 'lifecycle', 'environments', name],
            valid: known.environments,
          })),
    ),
  ];
  return written
    .filter(({ name, valid }) => !valid.includes(name))
    .map(({ name, path, valid }) => ({
      code: 'config-invalid',
      message: `${formatPath(path)} is not in this configuration.`,
      hint: suggest(name, valid),
      position: keys.positionOf(path),
    }));
}

function settingsPaths(
  repositories: Config['repositories'],
): (readonly [readonly string[], WrittenSettings])[] {
  return [
    [['repositories'], repositories.common],
    ...(['images', 'environments'] as const).flatMap((key) =>
      Object.entries(repositories[key]).map(([name, one]): readonly [readonly string[], WrittenSettings] => [
        ['repositories', key, name],
        one,
      ]),
    ),
  ];
}

/** Settings of an environment need a repository that only this environment uses. */
function sharedEnvironments(config: Config, keys: Keys): Problem[] {
  const uses = configuredUses(config);
  return Object.keys(config.repositories.environments).flatMap((name): Problem[] => {
    const shared = uses.find(
      (use) =>
        use.environments.some((one) => one.name === name) && (use.isPublished || use.environments.length > 1),
    );
    if (shared === undefined) return [];
    const other = shared.isPublished
      ? 'publish'
      : (shared.environments.find((one) => one.name !== name)?.name ?? '');
    const path = ['repositories', 'environments', name];
    return [
      {
        code: 'config-invalid',
        message: `${formatPath(path)} has no effect: ${name} uses the same repositories as ${other}.`,
        hint: `Write the settings directly under repositories, or give ${name} its own registry or repository.`,
        position: keys.positionOf(path),
      },
    ];
  });
}

/** Finds where the setting of a contradiction is written. */
function describe(
  config: Config,
  use: RepositoryUse,
  { path, message, hint }: Contradiction,
  keys: Keys,
): Problem {
  const [setting] = path;
  const { images, environments } = config.repositories;
  const own = use.isPublished ? [] : use.environments.map(({ name }) => name);
  const layers: (readonly [readonly string[], WrittenSettings | undefined])[] = [
    ...own.map((name) => [['repositories', 'environments', name], settingsOf(environments, name)] as const),
    [['repositories', 'images', use.image.name], settingsOf(images, use.image.name)],
  ];
  const name = setting === 'scanOnPush' ? 'scan-on-push' : setting;
  const [root] = layers.find(([, one]) => one?.[setting] !== undefined) ?? [['repositories']];
  const full = [...root, name, ...path.slice(1)];
  return {
    code: 'config-invalid',
    message: `${formatPath(full)} ${message}.`,
    hint,
    position: keys.positionOf(full),
  };
}
