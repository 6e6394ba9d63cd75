import { forAll } from '@towpath/concurrency';
import {
  ledgerRepository,
  protectionOf,
  settingsOfUse,
  type Config,
  type EnvironmentConfig,
  type ImageConfig,
  type RepositoryUse,
  type WrittenSettings,
} from '@towpath/config';
import { CodedError, type Problem } from '@towpath/errors';
import type { Protection } from '@towpath/lifecycle';
import type { Locations } from '@towpath/project';
import { labelOf, registryKey, type EcrHost, type RepositoryRef } from '@towpath/reference';

/** A private registry and the role for it. */
export type PrivateRegistryRef = EcrHost & { readonly role?: string };

/** A repository that the configuration describes. */
export interface Target {
  readonly registry: PrivateRegistryRef;
  readonly repository: string;
  /** How images use it. Undefined for a ledger. */
  readonly uses: readonly RepositoryUse[] | undefined;
  readonly written: WrittenSettings;
  readonly protection: Protection;
}

/** The repositories of a configuration in private registries, and its ledgers. */
export interface Targets {
  readonly repositories: readonly Target[];
  /** The public registries, which have no such settings. */
  readonly publicHosts: readonly string[];
}

const nothing: Protection = { environments: [], moving: [] };

/** An image in an environment, or as published by `publish`. */
interface Placed {
  readonly image: ImageConfig;
  readonly environment: EnvironmentConfig | undefined;
  readonly location: RepositoryRef;
}

/**
 * Finds the repositories of all images in all environments, each once, and the ledger of each registry.
 *
 * @throws CodedError `config-invalid` if images that share a repository have different settings
 */
export async function findTargets(
  config: Config,
  locations: Locations,
  images: readonly ImageConfig[],
): Promise<Targets> {
  const environments = [undefined, ...config.environments];
  const pairs = images.flatMap((image) => environments.map((environment) => ({ image, environment })));
  const placed = await forAll(pairs, async (pair): Promise<Placed> => ({
    ...pair,
    location: await locations.locate(pair.image, pair.environment),
  }));
  const groups = [...Map.groupBy(placed, ({ location }) => keyOf(location)).values()];
  const repositories = groups.flatMap((group) => targetOf(config, group) ?? []);
  requireSameSettings(config, groups);
  const hosts = placed.flatMap(({ location: { registry } }) =>
    registry.kind === 'public' ? [registry.host] : [],
  );
  return {
    repositories: [...(await ledgersOf(config, locations)), ...repositories],
    publicHosts: [...new Set(hosts)],
  };
}

function keyOf({ registry, repository }: RepositoryRef): string {
  return JSON.stringify([registryKey(registry), repository]);
}

function targetOf(config: Config, group: readonly Placed[]): Target | undefined {
  const [first] = group;
  if (first === undefined || first.location.registry.kind === 'public') return undefined;
  const uses = usesOf(group);
  const [use] = uses;
  if (use === undefined) return undefined;
  return {
    registry: first.location.registry,
    repository: first.location.repository,
    uses,
    written: settingsOfUse(config, use),
    protection: uses.map((one) => protectionOf(config, one)).reduce(merge),
  };
}

function usesOf(group: readonly Placed[]): readonly RepositoryUse[] {
  return [...Map.groupBy(group, ({ image }) => image)].map(([image, placed]) => ({
    image,
    isPublished: placed.some(({ environment }) => environment === undefined),
    environments: placed.flatMap(({ environment }) => environment ?? []),
  }));
}

/** Two images in one repository are protected by the tags of both. */
function merge(one: Protection, other: Protection): Protection {
  return {
    ...one,
    moving: [...one.moving, ...other.moving],
    environments: [...one.environments, ...other.environments],
    ...((one.versions ?? other.versions) !== undefined && {
      versions: [...(one.versions ?? []), ...(other.versions ?? [])],
    }),
  };
}

function requireSameSettings(config: Config, groups: readonly (readonly Placed[])[]): void {
  const problems = groups.flatMap((group): Problem[] => {
    const [first, ...others] = usesOf(group).map((use) => ({
      use,
      text: JSON.stringify(settingsOfUse(config, use)),
    }));
    const differing = others.find(({ text }) => text !== first?.text);
    const [placed] = group;
    if (first === undefined || differing === undefined || placed === undefined) return [];
    const message = `The images ${first.use.image.name} and ${differing.use.image.name} share the repository ${labelOf(placed.location)}, but have different settings.`;
    return [
      {
        code: 'config-invalid',
        message,
        hint: 'Write the same settings under repositories.images for both.',
      },
    ];
  });
  if (problems.length > 0)
    throw CodedError.of(problems, (count) => `${count} repositories have two settings.`);
}

/** Each private registry has its own ledger. */
async function ledgersOf(config: Config, locations: Locations): Promise<readonly Target[]> {
  // Without images there are no releases.
  if (config.ledger === 'off' || config.images.length === 0) return [];
  const registries = await forAll([undefined, ...config.environments], (one) =>
    locations.environmentRegistry(one),
  );
  const ledgers = registries.flatMap((registry): Target[] =>
    registry.kind === 'public'
      ? []
      : [
          {
            registry,
            repository: ledgerRepository(registry),
            uses: undefined,
            written: {},
            protection: nothing,
          },
        ],
  );
  return [...new Map(ledgers.map((one) => [keyOf(one), one])).values()];
}
