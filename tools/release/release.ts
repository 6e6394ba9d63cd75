import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { gt, major } from 'semver';
import { bundleSizes, overBudget, type BundleSize } from './budgets.ts';
import type { Repository } from './git.ts';
import { pinUses, unpinned } from './pins.ts';
import { requireNone, type Obstacle } from './refusal.ts';
import { enterChanges, nextVersion, readChanges, type Change } from './version.ts';

/** The commits of a release. */
export interface Release {
  readonly version: string;
  /** The commit on main: the changelog, the version and no changesets. */
  readonly main: string;
  /** The commit on top of it, with the bundles. */
  readonly dist: string;
  /** The commit on top of the bundles, which gets the tags. Our own workflows use the commit of the bundles. */
  readonly tagged: string;
  readonly sizes: readonly BundleSize[];
}

interface Manifest {
  readonly version: string;
  /** `github:owner/name` */
  readonly repository: string;
}

/** The bundles of the actions and of the command line. */
export const bundles = '{actions,packages}/*/dist/*';

/** The manifest of the npm package. It is bundled before the version of the release is set. */
const commandManifest = 'packages/cli/dist/package.json';

/** Bundles the actions of a working tree, given its root. */
export type Bundler = (root: string) => Promise<void>;

/**
 * Makes a release of the commit that is checked out. It only creates commits, no branch and no tag. The working
 * tree only gets its bundles, which git ignores.
 *
 * @param asked the version, instead of the one that follows from the changesets
 * @param tags the tags in the target repository
 * @throws Refusal with all problems
 */
export async function makeRelease(
  repository: Repository,
  bundle: Bundler,
  asked: string | undefined,
  tags: readonly string[],
): Promise<Release> {
  const head = await repository.git(['rev-parse', 'HEAD']);
  const manifest = JSON.parse(await repository.text(head, 'package.json')) as Manifest;
  const changes = await readChanges(repository.folder);
  const version = nextVersion(manifest.version, changes, asked);
  const name = manifest.repository.replace(/^github:/, '');

  requireNone([
    ...(await checkTree(repository)),
    ...checkVersion(version, tags),
    ...(await checkTracked(repository, head)),
    ...(await checkPins(repository, head, name)),
  ]);

  await bundle(repository.folder);
  const sizes = await bundleSizes(repository.folder);
  requireNone(overBudget(sizes));

  const main = await repository.commitUpon(
    head,
    `Release ${version}`,
    await versionFiles(repository, head, version, changes),
  );
  const dist = await repository.commitUpon(
    main,
    `Bundle ${version}`,
    await distOf(repository.folder, version),
  );
  const tagged = await repository.commitUpon(
    dist,
    `Pin our own actions to ${version}`,
    await pinned(repository, dist, name, version),
  );
  return { version, main, dist, tagged, sizes };
}

/**
 * Returns the files of the commit on main: the changelog with its entry, the files that contain the version, and
 * no changesets.
 */
async function versionFiles(
  repository: Repository,
  head: string,
  version: string,
  changes: readonly Change[],
): Promise<ReadonlyMap<string, string | undefined>> {
  const date = await repository.git(['show', '--no-patch', '--format=%cs', head]);
  const changelog = enterChanges(await repository.text(head, 'CHANGELOG.md'), version, date, changes);
  return new Map([
    ['CHANGELOG.md', await formatted(repository.folder, 'CHANGELOG.md', changelog)],
    ['package.json', setVersion(await repository.text(head, 'package.json'), version)],
    ['package-lock.json', setVersion(await repository.text(head, 'package-lock.json'), version)],
    ...(await readmeAfter(repository, head)),
    ...changes.map(({ file }) => [file, undefined] as const),
  ]);
}

/** Returns the README without the note that nothing is released; empty if it has no such note. */
async function readmeAfter(repository: Repository, head: string): Promise<[string, string][]> {
  const [path] = await repository.paths(head, 'README.md');
  if (path === undefined) return [];
  const text = await repository.text(head, path);
  const after = text.replace(/<!-- unreleased -->[^]*?<!-- \/unreleased -->\n*/, '');
  return after === text ? [] : [[path, after]];
}

/** Returns a package.json or its lock file with a new version of the root package. */
function setVersion(text: string, version: string): string {
  const manifest = JSON.parse(text) as { version: string; packages?: Record<string, { version: string }> };
  manifest.version = version;
  const root = manifest.packages?.[''];
  if (root !== undefined) root.version = version;
  return `${JSON.stringify(manifest, undefined, 2)}\n`;
}

/** Pushes a release: moves main, creates the version's tag and moves the tag of its major version. */
export async function pushRelease(
  repository: Repository,
  { version, main, tagged }: Release,
  to: string,
): Promise<void> {
  const refs = [
    `${main}:refs/heads/main`,
    `${tagged}:refs/tags/v${version}`,
    `+${tagged}:refs/tags/v${major(version)}`,
  ];
  await repository.git(['push', '--quiet', '--atomic', to, ...refs]);
}

async function checkTree(repository: Repository): Promise<Obstacle[]> {
  const branch = await repository.git(['rev-parse', '--abbrev-ref', 'HEAD']);
  const changed = await repository.git(['status', '--porcelain']);
  return [
    ...(branch === 'main'
      ? []
      : [{ message: `The branch ${branch} is checked out, not main.`, hint: 'Check out main.' }]),
    ...(changed === '' ? [] : [{ message: 'The working tree has changes.', hint: 'Commit or stash them.' }]),
  ];
}

function checkVersion(version: string, tags: readonly string[]): Obstacle[] {
  if (tags.includes(`v${version}`)) {
    return [{ message: `v${version} already exists.`, hint: 'Release another version.' }];
  }
  const later = tags.filter(
    (tag) => /^v\d+\.\d+\.\d+$/.test(tag) && gt(tag, version) && major(tag) === major(version),
  );
  return later.length === 0
    ? []
    : [
        {
          message: `${later.join(', ')} is higher than ${version}.`,
          hint: `Release a higher version, because v${major(version)} cannot move back.`,
        },
      ];
}

async function checkTracked(repository: Repository, head: string): Promise<Obstacle[]> {
  const tracked = [
    ...(await repository.paths(head, 'actions')),
    ...(await repository.paths(head, 'packages')),
  ].filter((path) => path.includes('/dist/'));
  return tracked.map((path) => ({
    message: `git tracks ${path} on main.`,
    hint: `Run git rm --cached ${path}: only releases contain bundles.`,
  }));
}

async function checkPins(repository: Repository, head: string, name: string): Promise<Obstacle[]> {
  const workflows = await repository.paths(head, '.github/workflows');
  const found = workflows.map(async (file) => {
    const uses = unpinned(await repository.text(head, file), name);
    return uses.map((use) => ({
      place: `${file}:${use.line}:`,
      message: `${use.name}@${use.ref} is not pinned to a commit.`,
      hint: 'Write the commit, followed by a comment with the version, for example # v1.2.3.',
    }));
  });
  return (await Promise.all(found)).flat();
}

/** @throws Refusal if a bundle is missing */
async function distOf(root: string, version: string): Promise<ReadonlyMap<string, Uint8Array | string>> {
  const files = globSync(bundles, { cwd: root }).sort();
  const actions = globSync('actions/*/action.yml', { cwd: root }).map((file) => dirname(file));
  const missing = actions.filter((action) => !files.includes(`${action}/dist/index.js`));
  requireNone(
    missing.map((action) => ({ message: `${action} has no bundle.`, hint: 'Run npm run bundle.' })),
  );
  return new Map(
    await Promise.all(
      files.map(async (file) => {
        const content = await readFile(join(root, file));
        return [file, file === commandManifest ? setVersion(content.toString(), version) : content] as const;
      }),
    ),
  );
}

async function pinned(
  repository: Repository,
  dist: string,
  name: string,
  version: string,
): Promise<ReadonlyMap<string, string>> {
  const workflows = await repository.paths(dist, '.github/workflows');
  const texts = workflows.map(async (file) => {
    const text = await repository.text(dist, file);
    const after = pinUses(text, name, dist, version);
    return after === text ? [] : [[file, after] as const];
  });
  return new Map((await Promise.all(texts)).flat());
}

async function formatted(root: string, file: string, text: string): Promise<string> {
  return format(text, { ...(await resolveConfig(join(root, file))), filepath: file });
}
