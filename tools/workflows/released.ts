import { makeRelease, pushRelease, Repository } from '@towpath/release';
import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import { cp, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../../', import.meta.url));
const run = promisify(execFile);

/** A release of the working tree, and the folders that act uses for it. */
export interface Released {
  readonly version: string;
  /** The bare repository. */
  readonly bare: string;
  /** The commit that our own workflows use. */
  readonly dist: string;
  /** Local replacements of our repository on GitHub: `owner/name@ref` to a folder. */
  readonly repositories: ReadonlyMap<string, string>;
}

/**
 * Releases the working tree with its existing bundles into a bare repository. Then checks out the commits that
 * callers and our own workflows reference.
 *
 * @param folder for all files, empty
 */
export async function releaseWorkingTree(folder: string): Promise<Released> {
  const source = await commitWorkingTree(join(folder, 'source'));
  const bare = join(folder, 'towpath.git');
  await run('git', ['init', '--quiet', '--bare', '--initial-branch=main', bare]);
  const release = await makeRelease(source, copyBundles, '1.0.0', []);
  await pushRelease(source, release, bare);
  const at = async (ref: string) => {
    const target = join(folder, ref);
    await run('git', ['clone', '--quiet', bare, target]);
    await run('git', ['checkout', '--quiet', '--detach', ref], { cwd: target });
    return target;
  };
  const repositories = new Map([
    ['towpath/towpath@v1', await at('v1')],
    [`towpath/towpath@${release.dist}`, await at(release.dist)],
  ]);
  return { version: release.version, bare, dist: release.dist, repositories };
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
