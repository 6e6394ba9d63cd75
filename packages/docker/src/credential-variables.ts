import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Env, DockerConfig } from './docker-config.ts';

/**
 * Returns the job's credentials that docker and buildx need for registries and builders. Includes them only if the
 * configuration needs them: a credential helper such as `ecr-login`, or a Kubernetes configuration. Builders in a
 * cluster often need AWS credentials.
 */
export function credentialVariables({ content }: DockerConfig, env: Env): Env {
  const { credHelpers = {}, credsStore } = content;
  const hasHelper = Object.keys(credHelpers).length > 0 || credsStore !== undefined;
  const hasCluster =
    env.KUBECONFIG !== undefined || (env.HOME !== undefined && existsSync(join(env.HOME, '.kube', 'config')));
  const isNeeded = (name: string) =>
    // The docker CLI reads logins from it (Docker docs, "DOCKER_AUTH_CONFIG").
    name === 'DOCKER_AUTH_CONFIG' ||
    ((hasHelper || hasCluster) && name.startsWith('AWS_')) ||
    (hasHelper && name === 'GITHUB_TOKEN');
  return Object.fromEntries(Object.entries(env).filter(([name]) => isNeeded(name)));
}
