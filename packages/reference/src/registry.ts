import { parseEcrHost, type EcrHost } from './ecr-host.ts';
import { isRepositoryName } from './repository.ts';

/** A private ECR registry, and the prefix under which repositories are named there. */
export interface Registry extends EcrHost {
  /** Without slashes at its ends; empty when repositories stand at the root. */
  readonly prefix: string;
}

/**
 * The registry that `host[/prefix]` names, as configurations and SSM parameters hold it; a scheme and a trailing
 * slash are forgiven. Undefined when the host is no private ECR registry or the prefix no repository name.
 */
export function parseRegistry(text: string): Registry | undefined {
  const [host = '', ...path] = text
    .trim()
    .replace(/^https:\/\//, '')
    .replace(/\/+$/, '')
    .split('/');
  const prefix = path.join('/');
  const ecr = parseEcrHost(host);
  if (ecr === undefined || (prefix !== '' && !isRepositoryName(`${prefix}/x`))) return undefined;
  return { ...ecr, prefix };
}

export function formatRegistry({ host, prefix }: Registry): string {
  return prefix === '' ? host : `${host}/${prefix}`;
}
