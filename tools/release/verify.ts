import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Repository } from './git.ts';
import { pinUses } from './pins.ts';
import { bundles, type Bundler } from './release.ts';

/**
 * Rebuilds a release from its commit on main and compares the files.
 *
 * @param tag of the release, for example `v1.4.0`
 * @param bundle bundles a fresh clone with the dependencies of its lock file
 * @returns every path that differs from the rebuild; empty if the release is unmodified
 */
export async function verifyRelease(
  repository: Repository,
  tag: string,
  bundle: Bundler,
): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'towpath-verify-'));
  try {
    await repository.git(['clone', '--quiet', '--no-checkout', repository.folder, folder]);
    const clone = new Repository(folder);
    const [main, dist] = [
      await clone.git(['rev-parse', `${tag}~2`]),
      await clone.git(['rev-parse', `${tag}~1`]),
    ];
    await clone.git(['checkout', '--quiet', '--detach', main]);
    await bundle(folder);
    return [...(await differentBundles(clone, main, dist)), ...(await differentPins(clone, dist, tag))];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Installs the dependencies of a fresh clone from its lock file, and bundles its actions. */
export async function rebuild(root: string): Promise<void> {
  await promisify(execFile)(
    'npm',
    ['ci', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'],
    { cwd: root },
  );
  await bundleAll(root);
}

/** Bundles all actions of a clone that has its dependencies, without a cache. */
export async function bundleAll(root: string): Promise<void> {
  const env = { ...process.env, NX_DAEMON: 'false', NX_SKIP_NX_CACHE: 'true' };
  await promisify(execFile)('npx', ['nx', 'run-many', '--target=bundle'], { cwd: root, env });
}

/**
 * Returns the paths in the commit of the bundles that are neither on main nor identical to the rebuilt bundles.
 */
async function differentBundles(clone: Repository, main: string, dist: string): Promise<string[]> {
  const built = globSync(bundles, { cwd: clone.folder });
  const changed = (await clone.git(['diff', '--name-only', main, dist]))
    .split('\n')
    .filter((path) => path !== '');
  const compared = [...new Set([...built, ...changed])].sort().map(async (path) => {
    if (!built.includes(path) || !changed.includes(path)) return [path];
    const released = await clone.git(['rev-parse', `${dist}:${path}`]);
    return released === (await clone.git(['hash-object', '--no-filters', path])) ? [] : [path];
  });
  return (await Promise.all(compared)).flat();
}

/** Returns the paths in the tagged commit that differ by more than the pins of our own actions. */
async function differentPins(clone: Repository, dist: string, tag: string): Promise<string[]> {
  const { repository } = JSON.parse(await readFile(join(clone.folder, 'package.json'), 'utf8')) as {
    repository: string;
  };
  const name = repository.replace(/^github:/, '');
  const changed = (await clone.git(['diff', '--name-only', dist, tag]))
    .split('\n')
    .filter((path) => path !== '');
  const compared = changed.map(async (path) => {
    if (!path.startsWith('.github/workflows/')) return [path];
    const pinned = pinUses(await clone.text(dist, path), name, dist, tag.replace(/^v/, ''));
    return pinned === (await clone.text(tag, path)) ? [] : [path];
  });
  return (await Promise.all(compared)).flat();
}
