import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { buildxFolder, type DockerConfig, type Env } from './docker-config.ts';
import { lentVariables } from './lent-variables.ts';

/** User and password by registry host. */
export type RegistryCredentials = ReadonlyMap<
  string,
  { readonly username: string; readonly password: string }
>;

/**
 * A credential helper (docker/docker-credential-helpers, "Development"): docker writes the host to its standard
 * input and reads JSON. It finds the JSON in its environment, so the password is in no file and on no command line.
 */
const helper = `#!/bin/sh
[ "$1" = get ] || { echo "towpath's helper only reads" >&2; exit 1; }
host=$(cat)
host=\${host#https://}
printenv "TOWPATH_CREDENTIAL_$(printf %s "\${host%%/*}" | tr -c 'A-Za-z0-9' _)" && exit 0
echo 'credentials not found in native keychain'
exit 1
`;

/**
 * Lends buildx logins for as long as `body` runs: a Docker configuration that keeps everything of the user's own and
 * adds a credential helper for these hosts. A helper that the user has chosen for one of them stays. The folder goes
 * however the body ends.
 *
 * @param own the configuration of whoever runs the build
 * @param temp the folder for the one that is lent
 * @param body gets the variables that buildx must be started with, those that the user's own helpers need among them
 */
export async function withRegistryCredentials<T>(
  credentials: RegistryCredentials,
  own: DockerConfig,
  { env, temp }: { readonly env: Env; readonly temp: string },
  body: (env: Env) => Promise<T>,
): Promise<T> {
  const lent = lentVariables(own, env);
  if (credentials.size === 0) return body(lent);
  await mkdir(temp, { recursive: true });
  const folder = await mkdtemp(join(temp, 'docker-config-'));
  try {
    await writeHelper(join(folder, 'towpath-bin'));
    await writeConfig(own, folder, [...credentials.keys()]);
    return await body({
      ...lent,
      DOCKER_CONFIG: folder,
      // Builders stay the user's: buildx keeps them below DOCKER_CONFIG when this is not set.
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

/** The user's configuration with our helper for the hosts; everything beside it (contexts, plugins) is linked. */
async function writeConfig(own: DockerConfig, folder: string, hosts: readonly string[]): Promise<void> {
  const credHelpers = {
    ...Object.fromEntries(hosts.map((host) => [host, 'towpath'])),
    ...own.content.credHelpers,
  };
  const content = JSON.stringify({ ...own.content, credHelpers });
  await writeFile(join(folder, 'config.json'), content, { mode: 0o600 });
  await Promise.all(own.entries.map((name) => symlink(join(own.folder, name), join(folder, name))));
}
