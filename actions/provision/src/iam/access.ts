import type { Config, EnvironmentConfig, RegistrySource, WrittenSettings } from '@towpath/config';
import { partitionOf, registryKey } from '@towpath/reference';
import { haveAliases } from '@towpath/tags';
import type { PrivateRegistryRef, Target } from '../targets.ts';

/** The repositories of one registry that a job uses. */
export interface Area {
  readonly registry: PrivateRegistryRef;
  /** ARNs. If all names have the prefix of the registry, one ARN with a wildcard, so that a new image needs no change. */
  readonly repositories: readonly string[];
  /** The ARN of the ledger. Undefined without a ledger. */
  readonly ledger: string | undefined;
}

/** An environment, its repositories, and those that its images come from. */
export interface EnvironmentAccess extends Area {
  readonly name: string;
  readonly sources: readonly Area[];
  /**
   * - `tag`: its images are in the repositories of its source. - `copy`: they are copied into others. - `replicated`:
   * ECR replicates them.
   */
  readonly way: 'tag' | 'copy' | 'replicated';
  readonly role: string | undefined;
  /** Whether it has a soak time, so that the times of the entries of its sources are read. */
  readonly soaks: boolean;
  /** Whether its tags move from version to version, so that the tags of a repository are listed. */
  readonly listsTags: boolean;
  readonly parameters: readonly string[];
}

/** What the jobs of a configuration use, as data for their policies. */
export interface Access {
  /** Where `publish` pushes to. */
  readonly build: Area;
  readonly environments: readonly EnvironmentAccess[];
  /** The SSM parameters that contain the registry of the build, as ARNs. */
  readonly parameters: readonly string[];
  /** Whether the registry is that of the caller, which a login shows. */
  readonly isOwnRegistry: boolean;
  /** Whether `publish` lists the tags of a repository, because tags move from version to version. */
  readonly listsTags: boolean;
  readonly reuses: boolean;
  /** The prefix of the names of roles. */
  readonly team: string;
  /** All settings that are written for any repository. */
  readonly written: readonly WrittenSettings[];
  readonly repositories: Config['repositories'];
}

/** Describes what the jobs of a configuration use. */
export function accessOf(
  config: Config,
  targets: readonly Target[],
  registry: PrivateRegistryRef & { readonly prefix: string },
): Access {
  const { prefix } = registry;
  const isPublished = ({ uses }: Target) => uses?.some((use) => use.isPublished) === true;
  const build = areaOf(registry, targets.filter(isPublished), targets, prefix);
  const parametersOf = (source: RegistrySource, environment: string) =>
    source.kind === 'parameter'
      ? [parameterArn(registry, source.name.replace('{environment}', environment))]
      : [];
  const areas = new Map<string, Area>([['build', build]]);
  const environments = config.environments.flatMap((environment): EnvironmentAccess[] => {
    const { name, from, role, soak, via } = environment;
    const own = targets.filter((one) => isOf(one, environment));
    const [first] = own;
    if (first === undefined) return [];
    const area = areaOf(first.registry, own, targets, prefix);
    areas.set(name, area);
    const sources = from.flatMap((one) => areas.get(one) ?? []);
    const isTagged = sources.every((source) => isSame(source, area)) && own.every(isShared);
    const all = [
      ...parametersOf(config.registry, 'build'),
      ...parametersOf(environment.registry ?? config.registry, name),
    ];
    return [
      {
        ...area,
        name,
        sources: distinct(sources),
        way: via === 'replication' ? 'replicated' : isTagged ? 'tag' : 'copy',
        role,
        soaks: soak !== undefined,
        listsTags: haveAliases(environment.tags),
        parameters: [...new Set(all)],
      },
    ];
  });
  return {
    build,
    environments,
    parameters: parametersOf(config.registry, 'build'),
    isOwnRegistry: config.registry.kind === 'caller',
    listsTags: haveAliases(config.tags),
    reuses: config.build.reuse !== undefined,
    team: prefix.replaceAll('/', '-') || 'towpath',
    written: [...targets.map(({ written }) => written), ...Object.values(config.repositories.matching)],
    repositories: config.repositories,
  };
}

function isOf({ uses }: Target, { name }: EnvironmentConfig): boolean {
  return uses?.some((use) => use.environments.some((one) => one.name === name)) === true;
}

/** Whether publish or another environment uses a repository, too. */
function isShared({ uses = [] }: Target): boolean {
  return uses.some(({ isPublished, environments }) => isPublished || environments.length > 1);
}

function areaOf(
  registry: PrivateRegistryRef,
  own: readonly Target[],
  all: readonly Target[],
  prefix: string,
): Area {
  const key = registryKey(registry);
  const arn = (name: string) => repositoryArn(registry, name);
  const ledger = all.find((one) => one.uses === undefined && registryKey(one.registry) === key);
  const names = own.filter((one) => registryKey(one.registry) === key).map(({ repository }) => repository);
  // Repositories of one environment beside others: a wildcard would cover those of the others, too.
  const isWhole = own.every(({ uses }) => uses === undefined) || !hasNeighbours(own, all, key);
  const isPrefixed = prefix !== '' && names.every((name) => name.startsWith(`${prefix}/`));
  const exact = [...new Set([...names, ...(ledger === undefined ? [] : [ledger.repository])])].map(arn);
  return {
    registry,
    repositories: isPrefixed && isWhole ? [arn(`${prefix}/*`)] : exact,
    ledger: ledger && arn(ledger.repository),
  };
}

function hasNeighbours(own: readonly Target[], all: readonly Target[], key: string): boolean {
  return all.some((one) => one.uses !== undefined && registryKey(one.registry) === key && !own.includes(one));
}

function isSame(one: Area, other: Area): boolean {
  return JSON.stringify(one.repositories) === JSON.stringify(other.repositories);
}

function distinct(areas: readonly Area[]): readonly Area[] {
  return [...new Map(areas.map((area) => [JSON.stringify(area.repositories), area])).values()];
}

function repositoryArn({ account, region }: PrivateRegistryRef, name: string): string {
  return `arn:${partitionOf(region).id}:ecr:${region}:${account}:repository/${name}`;
}

function parameterArn({ account, region }: PrivateRegistryRef, name: string): string {
  return `arn:${partitionOf(region).id}:ssm:${region}:${account}:parameter/${name.replace(/^\//, '')}`;
}
