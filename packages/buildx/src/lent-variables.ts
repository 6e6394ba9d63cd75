import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Env, DockerConfig } from './docker-config.ts';

/**
 * The credentials of the job that docker and buildx need to reach registries and builders, and only where something is
 * set up that reads them: a credential helper, such as `ecr-login`, or a Kubernetes configuration, whose builders are
 * often reached by AWS credentials.
 */
export function lentVariables({ content }: DockerConfig, env: Env): Env {
  const { credHelpers = {}, credsStore } = content;
  const hasHelper = Object.keys(credHelpers).length > 0 || credsStore !== undefined;
  const hasCluster =
    env.KUBECONFIG !== undefined || (env.HOME !== undefined && existsSync(join(env.HOME, '.kube', 'config')));
  const isLent = (name: string) =>
    // The docker CLI takes logins from it (Docker docs, "DOCKER_AUTH_CONFIG").
    name === 'DOCKER_AUTH_CONFIG' ||
    ((hasHelper || hasCluster) && name.startsWith('AWS_')) ||
    (hasHelper && name === 'GITHUB_TOKEN');
  return pick(env, isLent);
}

/** Where the cache of GitHub Actions is, and the token for it: buildx takes both from its environment. */
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
