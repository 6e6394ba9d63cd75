import { makeRelease, pushRelease, Repository } from '@towpath/release';
import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { spellOutFilters } from './matrix-jobs.ts';
import { makeStandIns } from './stand-ins.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const run = promisify(execFile);

/** A release of the working tree, and the folders that act uses for it. Tests only read its folders. */
export interface Released {
  readonly version: string;
  /** The bare repository. */
  readonly bare: string;
  /** The commit that our own workflows use. */
  readonly dist: string;
  /** A checkout of the tag that callers use. */
  readonly tagged: string;
  /** Local replacements of repositories on GitHub: `owner/name@ref` to a folder. */
  readonly repositories: Readonly<Record<string, string>>;
  /** The folder of the stand-in for a third-party action, by the name of the action's repository. */
  readonly standIns: Readonly<Record<string, string>>;
}

/** The environment variable with the path of the JSON file that describes the release. */
const variable = 'TOWPATH_RELEASED';

/** The files of a release that a runner or a linter reads. act copies the whole folder for each step that uses one of our actions. */
const readByRunners = ['/.github/', '/actions/*/action.yml', '/actions/*/dist/'];

/**
 * Releases the working tree with its existing bundles into a bare repository. Then checks out the commits that
 * callers and our own workflows reference, and prepares the stand-ins for third-party actions. All test files of a run
 * share them.
 *
 * @param folder for all files, empty
 */
export async function prepareRelease(folder: string): Promise<void> {
  const source = await commitWorkingTree(join(folder, 'source'));
  const bare = join(folder, 'towpath.git');
  await run('git', ['init', '--quiet', '--bare', '--initial-branch=main', bare]);
  const { version, dist, ...release } = await makeRelease(source, copyBundles, '1.0.0', []);
  await pushRelease(source, { version, dist, ...release }, bare);
  const tagged = await checkOut(bare, 'v1', join(folder, 'v1'));
  const called = join(folder, 'called');
  await cp(tagged, called, { recursive: true });
  const pipeline = join(called, '.github/workflows/pipeline.yml');
  await writeFile(pipeline, spellOutFilters(await readFile(pipeline, 'utf8')));
  const released: Released = {
    version,
    bare,
    dist,
    tagged,
    repositories: {
      'towpath/towpath@v1': called,
      [`towpath/towpath@${dist}`]: await checkOut(bare, dist, join(folder, 'dist')),
    },
    standIns: Object.fromEntries(await makeStandIns(join(folder, 'stand-ins'))),
  };
  const file = join(folder, 'released.json');
  await writeFile(file, JSON.stringify(released));
  process.env[variable] = file;
}

/** Returns the release that was prepared for this run of the tests. */
export async function readRelease(): Promise<Released> {
  return JSON.parse(await readFile(process.env[variable] ?? '', 'utf8')) as Released;
}

async function checkOut(bare: string, ref: string, target: string): Promise<string> {
  await run('git', ['clone', '--quiet', '--no-checkout', bare, target]);
  await run('git', ['sparse-checkout', 'set', '--no-cone', ...readByRunners], { cwd: target });
  await run('git', ['checkout', '--quiet', '--detach', ref], { cwd: target });
  return target;
}

/** Copies the tracked and untracked files, except ignored ones, into a new repository and commits them. */
async function commitWorkingTree(folder: string): Promise<Repository> {
  const { stdout } = await run('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
  });
  for (const path of stdout.split('\0').filter((one) => one !== '')) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await cp(join(root, path), join(folder, path));
  }
  const repository = new Repository(folder);
  await repository.git(['init', '--quiet', '--initial-branch=main']);
  await repository.git(['config', 'user.name', 'Towpath']);
  await repository.git(['config', 'user.email', 'towpath@example.com']);
  await repository.git(['add', '--all']);
  await repository.git(['commit', '--quiet', '--message=The working tree']);
  return repository;
}

async function copyBundles(target: string): Promise<void> {
  for (const dist of globSync('{actions,packages}/*/dist', { cwd: root })) {
    await cp(join(root, dist), join(target, dist), { recursive: true });
  }
}
