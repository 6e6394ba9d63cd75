import { CodedError } from '@towpath/errors';
import { readdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

export type Env = Readonly<Record<string, string | undefined>>;

/** The docker CLI's configuration of the current user (docker/cli, cli/config/configfile). */
export interface DockerConfig {
  /** The folder of the configuration, which may be missing. */
  readonly folder: string;
  /** The other entries of the folder: contexts, plugins, builders. */
  readonly entries: readonly string[];
  readonly content: DockerConfigFile;
}

/** The parts of `config.json` that are used here. */
export interface DockerConfigFile {
  readonly auths?: Readonly<Record<string, unknown>>;
  readonly credHelpers?: Readonly<Record<string, string>>;
  readonly credsStore?: string;
  /** Folders with plugins. The type is not checked. */
  readonly cliPluginsExtraDirs?: unknown;
  /** Proxies by the address of a daemon, or `default`. */
  readonly proxies?: Readonly<Record<string, DockerProxy | undefined>>;
}

interface DockerProxy {
  readonly httpProxy?: string;
  readonly httpsProxy?: string;
  readonly noProxy?: string;
  readonly ftpProxy?: string;
  readonly allProxy?: string;
}

const fileName = 'config.json';

/** @throws CodedError `input-invalid` if the file is not a JSON object */
export async function readDockerConfig(env: Env): Promise<DockerConfig> {
  const folder = configFolder(env);
  const file = join(folder, fileName);
  const text = await orAbsent(readFile(file, 'utf8'), '{}');
  const entries = await orAbsent(readdir(folder), []);
  return { folder, entries: entries.filter((name) => name !== fileName), content: parse(text, file) };
}

/** Returns the folder of the configuration, which may be missing. */
export function configFolder(env: Env): string {
  return env.DOCKER_CONFIG ?? join(env.HOME ?? homedir(), '.docker');
}

/** Returns the folder with buildx's files about builders (Docker docs, "BUILDX_CONFIG"). */
export function buildxFolder({ folder }: Pick<DockerConfig, 'folder'>, env: Env): string {
  return env.BUILDX_CONFIG ?? join(folder, 'buildx');
}

/** Returns the proxy variables that docker adds to builds (Docker docs, "Use a proxy server with the Docker CLI"). */
export function dockerProxy({ content: { proxies = {} } }: DockerConfig, env: Env): Env {
  const { httpProxy, httpsProxy, noProxy, ftpProxy, allProxy } =
    proxies[env.DOCKER_HOST ?? ''] ?? proxies.default ?? {};
  return {
    HTTP_PROXY: httpProxy,
    HTTPS_PROXY: httpsProxy,
    NO_PROXY: noProxy,
    FTP_PROXY: ftpProxy,
    ALL_PROXY: allProxy,
  };
}

/** Returns whether the configuration has a login or a credential helper for a registry. */
export function hasLogin({ content: { auths = {}, credHelpers = {} } }: DockerConfig, host: string): boolean {
  return host in credHelpers || host in auths || `https://${host}` in auths;
}

function parse(text: string, file: string): DockerConfigFile {
  try {
    const content: unknown = JSON.parse(text);
    if (typeof content === 'object' && content !== null && !Array.isArray(content)) return content;
  } catch (cause) {
    throw notReadable(file, cause);
  }
  throw notReadable(file);
}

/** Returns an error without the content of the file, which may be a login. */
function notReadable(file: string, cause?: unknown): CodedError {
  return new CodedError('input-invalid', `${file} is not a JSON object.`, {
    hint: 'Fix the file, or remove it and run docker login again.',
    cause,
  });
}

async function orAbsent<T>(reading: Promise<T>, absent: T): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return absent;
    throw error;
  }
}
