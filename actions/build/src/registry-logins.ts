import { hasLogin, type DockerConfig, type RegistryCredentials } from '@towpath/buildx';
import type { Credentials } from '@towpath/ecr';
import { CodedError } from '@towpath/errors';
import type { Registries } from '@towpath/project';
import { parseEcrHost } from '@towpath/reference';

/**
 * Logins for the ECR registries that a build touches, by the address that the builder dials. Public registries need
 * none, and no AWS credentials; where the user has chosen a helper for a registry, Docker asks that.
 *
 * @param hosts by their real names, ECR's and others'
 * @throws CodedError `credentials-missing` when neither AWS nor Docker has a login
 */
export async function registryLogins(
  hosts: ReadonlySet<string>,
  registries: Registries,
  docker: DockerConfig,
): Promise<RegistryCredentials> {
  const logins = [...hosts]
    .filter((host) => parseEcrHost(host) !== undefined)
    .map((host) => login(host, registries, docker));
  return new Map((await Promise.all(logins)).flat());
}

async function login(
  host: string,
  { login, endpoints }: Registries,
  docker: DockerConfig,
): Promise<[string, Credentials][]> {
  const address = endpoints.get(host)?.host ?? host;
  if (docker.content.credHelpers?.[address] !== undefined) return [];
  try {
    const credentials = await login.credentials(host);
    return credentials === undefined ? [] : [[address, credentials]];
  } catch (error) {
    const isMissing = error instanceof CodedError && error.code === 'credentials-missing';
    if (isMissing && hasLogin(docker, address)) return [];
    throw error;
  }
}
