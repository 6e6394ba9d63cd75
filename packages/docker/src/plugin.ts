import { CodedError } from '@towpath/errors';
import { accessSync, constants, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { configFolder, readDockerConfig, type Env } from './docker-config.ts';

/** The folders of plugins for all users (docker/cli, cli-plugins/manager, `defaultSystemPluginDirs`). */
const systemFolders = [
  '/usr/local/lib/docker/cli-plugins',
  '/usr/local/libexec/docker/cli-plugins',
  '/usr/lib/docker/cli-plugins',
  '/usr/libexec/docker/cli-plugins',
];

/**
 * Returns the program of a plugin that the docker CLI would run, by the order in which it searches folders.
 *
 * @param name e.g. `buildx`
 * @param env of the step
 * @returns its path; undefined if only docker itself can find the plugin
 */
export async function pluginProgram(name: string, env: Env): Promise<string | undefined> {
  const own = join(configFolder(env), 'cli-plugins');
  for (const folder of [...(await extraFolders(env)), own, ...systemFolders]) {
    const path = join(folder, `docker-${name}`);
    if (isProgram(path)) return path;
  }
  return undefined;
}

/**
 * Returns the folders in the configuration of docker. An invalid configuration has none, as for docker. A relative folder
 * could be in the checkout, so it does not count.
 */
async function extraFolders(env: Env): Promise<readonly string[]> {
  try {
    const { content } = await readDockerConfig(env);
    const folders: unknown = content.cliPluginsExtraDirs;
    if (!Array.isArray(folders)) return [];
    return folders.filter((one): one is string => typeof one === 'string' && isAbsolute(one));
  } catch (error) {
    if (error instanceof CodedError) return [];
    throw error;
  }
}

function isProgram(path: string): boolean {
  try {
    if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return false;
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
