import type { RegistryHost } from './registry.ts';
import { registryKey } from './registry.ts';

/** A registry, and the role that it is used with. */
export type RegistryRef = RegistryHost & {
  /** The ARN of the role to assume. Undefined: the credentials of the job are used. */
  readonly role?: string;
};

/** A repository of a registry. */
export interface RepositoryRef {
  readonly registry: RegistryRef;
  /** The full name in the registry. */
  readonly repository: string;
}

/** Returns whether two references name the same repository, with any host name of its registry. */
export function isSameRepository(one: RepositoryRef, other: RepositoryRef): boolean {
  return registryKey(one.registry) === registryKey(other.registry) && one.repository === other.repository;
}
