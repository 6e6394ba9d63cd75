import { readDockerfile } from '@towpath/build-context';
import { printBake } from '@towpath/buildx';
import {
  imageNameFrom,
  isBakeFile,
  loadConfig,
  plainBuild,
  type Config,
  type ImageConfig,
} from '@towpath/config';
import { argumentsOf, flagValues, readStages, type Instruction } from '@towpath/dockerfile';
import { CodedError } from '@towpath/errors';
import { readTextWithin } from '@towpath/files';
import type { Environment, Runtime } from '@towpath/flow';
import { formatCount } from '@towpath/markdown';
import { existsSync, globSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { dirname, join as joinPath } from 'node:path/posix';
import { parseEnv } from 'node:util';
import { portableImages } from './portable-images.ts';

/** The files with images, in the order of preference. */
const bakeFiles = [
  ...['docker-bake.hcl', 'docker-bake.json'],
  ...['compose.yaml', 'compose.yml', 'docker-compose.yml', 'docker-compose.yaml'],
];

/** Folders whose Dockerfiles are not those of the repository. Hidden folders are skipped, too. */
const skippedFolders = new Set([
  ...['node_modules', 'vendor', 'third_party', 'dist', 'target'],
  ...['testdata', 'testfiles', 'fixtures', '__fixtures__'],
]);

/** Files named after a Dockerfile that are none: ignore files, copies and templates. */
const noDockerfile = /\.(?:dockerignore|md|txt|bak|orig|rej|swp|j2|tmpl|tpl|template|in)$|~$/i;

/** The highest number of Dockerfiles in a repository that `init` reads. */
const maxDockerfiles = 200;

/** The highest number of Dockerfiles that are listed by path. */
const maxListed = 3;

/** Names of folders that do not describe an image. */
const genericFolders = new Set([
  ...['src', 'docker', 'dockerfile', 'dockerfiles', 'container', 'containers', 'images', 'targets'],
  ...['build', 'deploy', 'deployment', 'hack', 'ci'],
]);

/** In bytes. */
const maxDotEnv = 1_048_576;

/** What a repository builds, as far as its files say. */
export interface FoundImages {
  readonly config: Config;
  /** The file that names the images, or the Dockerfiles: their paths, or their number. */
  readonly source: string;
  /** What a person should check. */
  readonly warnings: readonly string[];
}

/**
 * Finds the images of a repository: in `from`, or else in `towpath.yaml`, a configuration of the model, a bake or Compose file,
 * or else its Dockerfiles.
 *
 * @throws CodedError `config-missing` if there are none
 */
export async function findImages(from: string | undefined, runtime: Runtime): Promise<FoundImages> {
  const { workspace, env, exec } = runtime;
  const read = (file: string | undefined, changed: Environment = {}) => {
    const port: Pick<Runtime, 'exec'> = {
      exec: (program, args, options) =>
        exec(program, args, { ...options, env: { ...options?.env, ...changed } }),
    };
    return loadConfig({
      workspace,
      file,
      defaultName: basename(env.GITHUB_REPOSITORY ?? workspace),
      printBake: ({ files, folder }) => printBake(port, files, join(workspace, folder)),
    });
  };
  const found = async (config: Config, source = config.file): Promise<FoundImages> => {
    if (!isBakeFile(config.file)) return { config, source, warnings: config.notices };
    const portable = await portableImages(config, {
      env,
      dotEnv: await dotEnvOf(config.file, runtime),
      readWith: (changed) => read(config.file, changed),
    });
    return { ...portable, source, warnings: [...config.notices, ...portable.warnings] };
  };
  if (from !== undefined) return found(await read(from), from);
  const config = await read(undefined);
  if (config.isBare !== true) return found(config);
  const failed: { readonly file: string; readonly error: CodedError }[] = [];
  for (const file of bakeFiles.filter((name) => existsSync(join(workspace, name))))
    try {
      return await found(await read(file));
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      failed.push({ file, error });
    }
  const files = dockerfilesIn(workspace);
  const [first] = failed;
  if (files.length === 0 && first !== undefined) throw first.error;
  const warnings = failed.map(({ file, error }) =>
    `${file} was not used: ${error.message} ${error.problems[0]?.hint ?? ''}`.trim(),
  );
  return { ...(await fromDockerfiles(files, config, workspace)), warnings };
}

/** Returns the variables of the `.env` file beside a Compose file, unless git may contain the file. */
async function dotEnvOf(file: string, { workspace, exec }: Runtime): Promise<Environment> {
  const path = join(dirname(file), '.env');
  if (statSync(join(workspace, path), { throwIfNoEntry: false })?.isFile() !== true) return {};
  const isIgnored = await exec('git', ['check-ignore', '--quiet', path], { cwd: workspace }).then(
    ({ exitCode }) => exitCode !== 1,
    () => true,
  );
  if (!isIgnored) return {};
  const limit = { code: 'config-invalid', name: path, maxBytes: maxDotEnv } as const;
  return parseEnv(await readTextWithin(join(workspace, path), limit));
}

async function fromDockerfiles(
  files: readonly string[],
  config: Config,
  workspace: string,
): Promise<Pick<FoundImages, 'config' | 'source'>> {
  if (files.length === 0)
    throw new CodedError('config-missing', 'This folder has no Dockerfile, bake file or Compose file.', {
      hint: 'Run the command in the root of the repository, or name a file with --from.',
    });
  if (files.length > maxDockerfiles)
    throw new CodedError('config-invalid', `There are more than ${maxDockerfiles} Dockerfiles.`, {
      hint: 'Name those to build with --from, for example --from "services/*/Dockerfile".',
    });
  const rootName = config.images[0]?.name ?? imageNameFrom(basename(workspace));
  const names = namesOf(files, rootName);
  const images: ImageConfig[] = [];
  for (const [index, dockerfile] of files.entries()) {
    const context = await contextOf(workspace, dockerfile);
    images.push({ name: names[index] ?? rootName, context, dockerfile, platforms: [], ...plainBuild });
  }
  const source = files.length > maxListed ? formatCount(files.length, 'Dockerfile') : files.join(', ');
  return { config: { ...config, images }, source };
}

/** Returns the paths of the Dockerfiles of a repository. As in Docker, `Dockerfile` takes precedence over `dockerfile`. */
function dockerfilesIn(workspace: string): readonly string[] {
  const isSkipped = (path: string) =>
    skippedFolders.has(basename(path)) || (basename(path).startsWith('.') && path !== '.');
  const names =
    '{Dockerfile,dockerfile,Containerfile,{Dockerfile,Containerfile}.*,*.{Dockerfile,dockerfile,Containerfile}}';
  return globSync(`**/${names}`, { cwd: workspace, exclude: isSkipped })
    .filter((path) => !noDockerfile.test(path) && statSync(join(workspace, path)).isFile())
    .sort()
    .filter((path, index, all) => index === all.findIndex((one) => one.toLowerCase() === path.toLowerCase()));
}

/**
 * Returns the names of the images: the folder, and the rest of the file name. Generic names are left out:
 * `cart/src/Dockerfile` is cart, and `docker/cart.Dockerfile` is cart. A name that occurs twice gets all its folders.
 */
function namesOf(files: readonly string[], rootName: string): readonly string[] {
  const nameOf = (file: string, folder: string) => {
    const variant = basename(file).replace(/^(?:Docker|Container)file\.?|\.(?:Docker|Container)file$/gi, '');
    const parts = [folder === '.' ? '' : folder, variant].filter(Boolean);
    return imageNameFrom(parts.length === 0 ? rootName : parts.join('-'));
  };
  const short = files.map((file) => nameOf(file, folderOf(dirname(file))));
  return files.map((file, index) => {
    const name = short[index] ?? '';
    return short.filter((one) => one === name).length === 1 ? name : nameOf(file, dirname(file));
  });
}

/** Returns the name of the folder, or of its nearest parent without a generic name. Returns `.` for the root. */
function folderOf(path: string): string {
  return genericFolders.has(basename(path)) ? folderOf(dirname(path)) : basename(path);
}

/** Returns the folder that has the files that a Dockerfile copies: its own one, or else the root. */
async function contextOf(workspace: string, dockerfile: string): Promise<string> {
  const folder = dirname(dockerfile);
  const text = (await readDockerfile(join(workspace, dockerfile), dockerfile)).toString();
  const copied = readStages(text).stages.flatMap(({ instructions }) => instructions.flatMap(copiedPaths));
  const hasAll = (root: string) => copied.every((path) => existsSync(join(workspace, root, path)));
  return hasAll(folder) || !hasAll('.') ? folder : '.';
}

/** Returns the paths of the context that an instruction copies, as far as they are plain paths. */
function copiedPaths(instruction: Instruction): readonly string[] {
  const { keyword, heredocs } = instruction;
  if (!['COPY', 'ADD'].includes(keyword) || heredocs.length > 0) return [];
  if (flagValues(instruction, 'from').length > 0) return [];
  return argumentsOf(instruction)
    .slice(0, -1)
    .map((path) => joinPath('.', path))
    .filter((path) => !/[$*?[\\<]|:\//.test(path));
}
