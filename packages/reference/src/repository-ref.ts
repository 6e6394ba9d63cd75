import type { RegistryHost } from './registry.ts';

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
