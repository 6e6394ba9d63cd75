import { parseEcrHost, type EcrHost } from './ecr-host.ts';
import { isRepositoryName } from './repository.ts';

/** The host of Amazon ECR Public, the gallery. */
export const galleryHost = 'public.ecr.aws';

/** One account's public registry: every one is in the gallery, under the alias of its account. */
export interface PublicHost {
  readonly host: typeof galleryHost;
  /** The part of every image's address that stands for the account. */
  readonly alias: string;
}

interface Prefixed {
  /** What repositories are named under. Without slashes at its ends; empty when they stand at the root. */
  readonly prefix: string;
}

export type PrivateRegistry = EcrHost & Prefixed;
export type PublicRegistry = PublicHost & Prefixed;

/** A registry of Amazon ECR, and the prefix under which repositories are named there. */
export type Registry = PrivateRegistry | PublicRegistry;

/** ECR Public API, RegistryAliasName. */
const aliasPattern = /^[a-z][a-z0-9]+(?:[._-][a-z0-9]+)*$/;
const maxAlias = 50;

/**
 * The registry that `host[/prefix]` or `public.ecr.aws/alias[/prefix]` names, as configurations and SSM parameters hold
 * it; a scheme and a trailing slash are forgiven. Undefined when the host is no ECR registry, the alias none or the
 * prefix no repository name.
 */
export function parseRegistry(text: string): Registry | undefined {
  const [host, ...path] = split(text);
  return host === galleryHost ? parsePublic(path) : parsePrivateRegistry(text);
}

/** The private registry that `host[/prefix]` names, as {@link parseRegistry} does. */
export function parsePrivateRegistry(text: string): PrivateRegistry | undefined {
  const [host = '', ...path] = split(text);
  const ecr = parseEcrHost(host);
  const prefix = parsePrefix(path);
  return ecr === undefined || prefix === undefined ? undefined : { ...ecr, prefix };
}

function parsePublic([alias = '', ...path]: readonly string[]): PublicRegistry | undefined {
  const prefix = parsePrefix(path);
  const isAlias = aliasPattern.test(alias) && alias.length <= maxAlias;
  return isAlias && prefix !== undefined ? { host: galleryHost, alias, prefix } : undefined;
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

/** What stands before the name of a repository: the host, and in the gallery the alias too. */
export function registryUri(registry: EcrHost | PublicHost): string {
  return 'alias' in registry ? `${registry.host}/${registry.alias}` : registry.host;
}

export function formatRegistry(registry: Registry): string {
  const uri = registryUri(registry);
  return registry.prefix === '' ? uri : `${uri}/${registry.prefix}`;
}

/** The same text for all hosts of one registry: FIPS and dual-stack hosts, and the classic one. */
export function registryKey(registry: EcrHost | PublicHost): string {
  return 'alias' in registry ? registryUri(registry) : `${registry.account}/${registry.region}`;
}
