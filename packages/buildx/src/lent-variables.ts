import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Env, DockerConfig } from './docker-config.ts';

/**
 * Returns the job's credentials that docker and buildx need for registries and builders. Includes them only if the
 * configuration has a reader: a credential helper such as `ecr-login`, or a Kubernetes configuration, because builders in
 * a cluster often need AWS credentials.
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
  return pick(env, isNeeded);
}

/** Returns the variables with the address and the token of the GitHub Actions cache, which buildx reads. */
export function actionsCacheVariables(env: Env): Env {
  const names = new Set([
    'ACTIONS_CACHE_URL',
    'ACTIONS_RESULTS_URL',
    'ACTIONS_RUNTIME_TOKEN',
    'ACTIONS_CACHE_SERVICE_V2',
  ]);
  return pick(env, (name) => names.has(name));
}

function pick(env: Env, isWanted: (name: string) => boolean): Env {
  return Object.fromEntries(Object.entries(env).filter(([name]) => isWanted(name)));
}
