import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { basename, dirname } from 'node:path/posix';

const bakeFile = /\.hcl$|(?:^|\/)docker-bake[^/]*\.json$|(?:^|\/)(?:docker-)?compose[^/]*\.ya?ml$/;
const composeFile = /\.ya?ml$/;

/** Returns whether buildx reads files of this name: a bake file or a Compose file. */
export function isBakeFile(file: string): boolean {
  return bakeFile.test(file);
}

/** The files that `docker compose` looks for. The first one found is used (compose-go, `DefaultFileNames`). */
const composeNames = ['compose.yaml', 'compose.yml', 'docker-compose.yml', 'docker-compose.yaml'];
const composeOverrides = [
  'compose.override.yml',
  'compose.override.yaml',
  'docker-compose.override.yml',
  'docker-compose.override.yaml',
];

/** The files that `docker buildx bake` reads, in this order (buildx, `defaultFilenames`). */
const bakeNames = ['docker-bake.json', 'docker-bake.hcl'];
const bakeOverrides = ['docker-bake.override.json', 'docker-bake.override.hcl'];

/** The files to pass to buildx, and the folder to run it in. */
export interface BakeCall {
  /** Relative to the folder, in merge order. */
  readonly files: readonly string[];
  /** The working folder of buildx, relative to the workspace. Paths inside the files are relative to it. */
  readonly folder: string;
}

/**
 * Returns the files that buildx opens for a call, relative to the workspace, as far as their names are known.
 * Next to a Compose file, buildx also reads `.env`. It ignores a folder named `.env`, such as a Python
 * environment (buildx, `loadDotEnv`).
 */
export function openedFiles(workspace: string, { files, folder }: BakeCall): readonly string[] {
  const variables = join(folder, '.env');
  const found = statSync(join(workspace, variables), { throwIfNoEntry: false });
  const isRead = files.some((file) => composeFile.test(file)) && found?.isDirectory() === false;
  return [...files.map((file) => join(folder, file)), ...(isRead ? [variables] : [])];
}

/**
 * Returns the call that reads a file as buildx does without `--file`. It includes the files in the same
 * folder that `docker buildx bake` or `docker compose` merges into it. Paths in a Compose file are relative
 * to the file, paths in a bake file to the repository.
 *
 * @param file relative to the workspace
 */
export function bakeCall(workspace: string, file: string): BakeCall {
  const [folder, name] = [dirname(file), basename(file)];
  const beside = (names: readonly string[]) =>
    names.filter((one) => existsSync(join(workspace, folder, one)));
  if (composeFile.test(name)) {
    const isDefault = beside(composeNames)[0] === name;
    return { files: [name, ...(isDefault ? beside(composeOverrides).slice(0, 1) : [])], folder };
  }
  if (!beside(bakeNames).includes(name)) return { files: [file], folder: '.' };
  const compose = folder === '.' ? beside(composeNames) : [];
  const files = [...compose, ...beside([...bakeNames, ...bakeOverrides])];
  return { files: files.map((one) => join(folder, one)), folder: '.' };
}
