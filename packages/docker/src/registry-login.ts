import { forAll } from '@towpath/concurrency';
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { buildxFolder, type DockerConfig, type Env } from './docker-config.ts';
import { credentialVariables } from './credential-variables.ts';

/** User and password by registry host. */
export type RegistryCredentials = ReadonlyMap<
  string,
  { readonly username: string; readonly password: string }
>;

/**
 * A credential helper (docker/docker-credential-helpers, "Development"): docker writes the host to its standard input
 * and reads JSON. The JSON is in the helper's environment, so the password is in no file and on no command line.
 */
const helper = `#!/bin/sh
[ "$1" = get ] || { echo "this credential helper is read-only" >&2; exit 1; }
host=$(cat)
host=\${host#https://}
printenv "TOWPATH_CREDENTIAL_$(printf %s "\${host%%/*}" | tr -c 'A-Za-z0-9' _)" && exit 0
echo 'credentials not found in native keychain'
exit 1
`;

/**
 * Provides logins to buildx while `body` runs. Writes a temporary copy of the user's Docker configuration with a
 * credential helper for these hosts, and removes it in any case. A helper that the user set for one of the hosts
 * takes precedence.
 *
 * @param own the user's configuration
 * @param temp the folder for the copy
 * @param body receives the variables for buildx, including those for the user's own credential helpers
 */
export async function withRegistryCredentials<T>(
  credentials: RegistryCredentials,
  own: DockerConfig,
  { env, temp }: { readonly env: Env; readonly temp: string },
  body: (env: Env) => Promise<T>,
): Promise<T> {
  const variables = credentialVariables(own, env);
  if (credentials.size === 0) return body(variables);
  await mkdir(temp, { recursive: true });
  const folder = await mkdtemp(join(temp, 'docker-config-'));
  try {
    await writeHelper(join(folder, 'towpath-bin'));
    await writeConfig(own, folder, [...credentials.keys()]);
    return await body({
      ...variables,
      DOCKER_CONFIG: folder,
      // Without it, buildx looks for the user's builders below DOCKER_CONFIG.
      BUILDX_CONFIG: buildxFolder(own, env),
      PATH: [join(folder, 'towpath-bin'), env.PATH].filter(Boolean).join(delimiter),
      ...Object.fromEntries(
        [...credentials].map(([host, login]) => [variableOf(host), answerOf(host, login)]),
      ),
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function variableOf(host: string): string {
  return `TOWPATH_CREDENTIAL_${host.replace(/[^A-Za-z0-9]/g, '_')}`;
}

function answerOf(host: string, { username, password }: { username: string; password: string }): string {
  return JSON.stringify({ ServerURL: host, Username: username, Secret: password });
}

async function writeHelper(folder: string): Promise<void> {
  await mkdir(folder);
  const path = join(folder, 'docker-credential-towpath');
  await writeFile(path, helper);
  await chmod(path, 0o755);
}

/** Writes the user's configuration with the helper for the hosts, and links all other entries (contexts, plugins). */
async function writeConfig(own: DockerConfig, folder: string, hosts: readonly string[]): Promise<void> {
  const credHelpers = {
    ...Object.fromEntries(hosts.map((host) => [host, 'towpath'])),
    ...own.content.credHelpers,
  };
  const content = JSON.stringify({ ...own.content, credHelpers });
  await writeFile(join(folder, 'config.json'), content, { mode: 0o600 });
  await forAll(own.entries, (name) => symlink(join(own.folder, name), join(folder, name)));
}
