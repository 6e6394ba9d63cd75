import { parseEcrHost, type EcrHost } from './ecr-host.ts';
import { partitionOf, type Partition } from './partition.ts';
import { isRepositoryName } from './repository.ts';

/** The host of Amazon ECR Public. */
export const ecrPublicHost = 'public.ecr.aws';

/** An account's public registry. All public registries share one host and differ by their alias. */
export interface PublicHost {
  readonly kind: 'public';
  readonly host: typeof ecrPublicHost;
  /** The alias of the account, the first component of a public repository's address. */
  readonly alias: string;
}

/** A registry of Amazon ECR, private or public. */
export type RegistryHost = EcrHost | PublicHost;

interface Prefixed {
  /** The prefix of the repositories' names, without slashes at its ends. Empty for no prefix. */
  readonly prefix: string;
}

export type PrivateRegistry = EcrHost & Prefixed;
export type PublicRegistry = PublicHost & Prefixed;

/** A registry of Amazon ECR with the prefix of its repositories. */
export type Registry = PrivateRegistry | PublicRegistry;

/** The grammar of `RegistryAliasName` in the ECR Public API. */
const aliasPattern = /^[a-z][a-z0-9]+(?:[._-][a-z0-9]+)*$/;
const maxAlias = 50;

/**
 * Parses `host[/prefix]` or `public.ecr.aws/alias[/prefix]`, as in configurations and SSM parameters. Ignores `https://`
 * and trailing slashes. Returns undefined if the host is not an ECR registry, or the alias or the prefix is invalid.
 */
export function parseRegistry(text: string): Registry | undefined {
  const [host, ...path] = split(text);
  return host === ecrPublicHost ? parsePublic(path) : parsePrivateRegistry(text);
}

/** Parses a private registry, `host[/prefix]`, as {@link parseRegistry} does. */
export function parsePrivateRegistry(text: string): PrivateRegistry | undefined {
  const [host = '', ...path] = split(text);
  const ecr = parseEcrHost(host);
  const prefix = parsePrefix(path);
  return ecr === undefined || prefix === undefined ? undefined : { ...ecr, prefix };
}

function parsePublic([alias = '', ...path]: readonly string[]): PublicRegistry | undefined {
  const prefix = parsePrefix(path);
  const isAlias = aliasPattern.test(alias) && alias.length <= maxAlias;
  return isAlias && prefix !== undefined ? { kind: 'public', host: ecrPublicHost, alias, prefix } : undefined;
}

function split(text: string): string[] {
  const path = text.trim().replace(/^https:\/\//, '');
  let end = path.length;
  while (path[end - 1] === '/') end -= 1;
  return path.slice(0, end).split('/');
}

function parsePrefix(path: readonly string[]): string | undefined {
  const prefix = path.join('/');
  return prefix === '' || isRepositoryName(`${prefix}/x`) ? prefix : undefined;
}

/** Returns the address of a registry: its host, followed by the alias for a public registry. */
export function registryUri(registry: RegistryHost): string {
  return registry.kind === 'public' ? `${registry.host}/${registry.alias}` : registry.host;
}

export function formatRegistry(registry: Registry): string {
  const uri = registryUri(registry);
  return registry.prefix === '' ? uri : `${uri}/${registry.prefix}`;
}

/** Returns the partition of a registry. Amazon ECR Public exists only in the standard partition. */
export function partitionOfRegistry(registry: RegistryHost): Partition {
  return partitionOf(registry.kind === 'public' ? 'us-east-1' : registry.region);
}

/** Returns a key of the registry, the same for its classic, FIPS and dual-stack hosts. */
export function registryKey(registry: RegistryHost): string {
  return registry.kind === 'public' ? registryUri(registry) : `${registry.account}/${registry.region}`;
}

/** Returns the address of a repository, as `aws ecr describe-repositories` prints it. */
export function labelOf({
  registry,
  repository,
}: {
  readonly registry: RegistryHost;
  readonly repository: string;
}): string {
  return `${registryUri(registry)}/${repository}`;
}
