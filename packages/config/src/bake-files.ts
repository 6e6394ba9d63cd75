import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { basename, dirname } from 'node:path/posix';

const bakeFile = /\.hcl$|(?:^|\/)docker-bake[^/]*\.json$|(?:^|\/)(?:docker-)?compose[^/]*\.ya?ml$/;
const composeFile = /\.ya?ml$/;

/** Whether a file is one that buildx reads, by its name. */
export function isBakeFile(file: string): boolean {
  return bakeFile.test(file);
}

/** The files that `docker compose` looks for: the first one counts (compose-go, `DefaultFileNames`). */
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

/** What buildx is called with. */
export interface BakeCall {
  /** Relative to the folder, in the order in which they are merged. */
  readonly files: readonly string[];
  /** Where buildx runs, relative to the workspace: the paths in the files are relative to it. */
  readonly folder: string;
}

/**
 * The files of the repository that buildx opens for a call, as far as their names are known, relative to the workspace.
 * Beside a Compose file it reads `.env`; a folder of that name, such as a Python environment, is left alone (buildx,
 * `loadDotEnv`).
 */
export function openedFiles(workspace: string, { files, folder }: BakeCall): readonly string[] {
  const variables = join(folder, '.env');
  const found = statSync(join(workspace, variables), { throwIfNoEntry: false });
  const isRead = files.some((file) => composeFile.test(file)) && found?.isDirectory() === false;
  return [...files.map((file) => join(folder, file)), ...(isRead ? [variables] : [])];
}

/**
 * The call that reads a file as people do without `--file`: with the files beside it that `docker buildx bake` or
 * `docker compose` merges into it. Paths of a Compose file are relative to the file, those of a bake file to the
 * repository.
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
