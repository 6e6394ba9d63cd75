import { printBake } from '@towpath/buildx';
import { isBakeFile, loadConfig, type Config } from '@towpath/config';
import { CodedError } from '@towpath/errors';
import type { Runtime } from '@towpath/flow';
import { changedImages } from '@towpath/matrix';
import { readFilesAt, type Changes } from '@towpath/project';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** Files that can give the registry of a configuration. */
const templates = ['template.yaml', 'template.yml'];

/**
 * Returns the images whose configuration changed, with the reason. The earlier configuration is read from git into a
 * temporary folder. If it cannot be read, every image counts as changed.
 */
export async function configurationChanges(
  { base, paths }: Extract<Changes, { kind: 'known' }>,
  config: Config,
  runtime: Runtime,
): Promise<ReadonlyMap<string, string>> {
  const { file } = config;
  const folder = dirname(file);
  const isBake = isBakeFile(file);
  // buildx merges several files of a folder, and reads variables from .env.
  const belongs = (path: string) =>
    path === file ||
    templates.includes(path) ||
    (isBake && (isBakeFile(path) || (dirname(path) === folder && basename(path) === '.env')));
  const changed = paths.filter(belongs);
  const [first] = changed;
  if (first === undefined || config.isBare === true) return new Map();
  const before = await loadBefore([file, ...templates, ...changed], base, config, runtime);
  if (typeof before !== 'string') return changedImages(before, config);
  return new Map(
    [...config.images, ...config.bases].map(({ name }) => [name, `${first} changed, and ${before}`]),
  );
}

/** Returns the earlier configuration, or why it cannot be read. */
async function loadBefore(
  paths: readonly string[],
  commit: string,
  { file }: Config,
  runtime: Runtime,
): Promise<Config | string> {
  const files = await readFilesAt(runtime, commit, [...new Set(paths)]);
  if (!files.has(file)) return `${file} is new`;
  const workspace = await mkdtemp(join(runtime.temp, 'towpath-before-'));
  try {
    for (const [path, text] of files) {
      await mkdir(join(workspace, dirname(path)), { recursive: true });
      await writeFile(join(workspace, path), text);
    }
    return await loadConfig({
      workspace,
      file,
      defaultName: basename(runtime.workspace),
      printBake: (call) => printBake(runtime, call.files, join(workspace, call.folder)),
    });
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    return 'the earlier configuration cannot be compared';
  } finally {
    await rm(workspace, { recursive: true, force: true });
  }
}
