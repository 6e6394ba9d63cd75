import { formatBytes } from '@towpath/markdown';
import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { Repository } from './git.ts';
import { Refusal } from './refusal.ts';
import { makeRelease, pushRelease, type Release } from './release.ts';

const options = {
  'dry-run': { type: 'boolean', default: false },
  version: { type: 'string' },
  to: { type: 'string' },
} as const;

try {
  const { values } = parseArgs({ options });
  await release(values['dry-run'], values.version, values.to);
} catch (error) {
  process.exitCode = 1;
  if (!(error instanceof Refusal)) throw error;
  process.stderr.write(`${error.message}\n`);
}

/**
 * Makes a release. A dry run pushes to a new local repository; otherwise the release goes to `to` or to the
 * origin.
 */
async function release(dry: boolean, version: string | undefined, to: string | undefined): Promise<void> {
  const repository = new Repository(process.cwd());
  const target = to ?? (dry ? await emptyRepository() : 'origin');
  const tags =
    (await repository.git(['ls-remote', '--tags', '--refs', target])).match(/(?<=refs\/tags\/)\S+/g) ?? [];
  const made = await makeRelease(repository, bundle, version, tags);
  await pushRelease(repository, made, target);
  print(describe(made, target));
}

/** Bundles without a cache, which could contain bundles of another checkout. */
async function bundle(root: string): Promise<void> {
  await promisify(execFile)('nx', ['run-many', '--target=bundle'], {
    cwd: root,
    env: { ...process.env, NX_DAEMON: 'false', NX_SKIP_NX_CACHE: 'true' },
  });
}

/** Creates the repository for a dry run, in a folder that git ignores. */
async function emptyRepository(): Promise<string> {
  const folder = resolve('.release/towpath.git');
  await rm(folder, { recursive: true, force: true });
  await new Repository(process.cwd()).git(['init', '--quiet', '--bare', '--initial-branch=main', folder]);
  return folder;
}

function describe({ version, main, dist, tagged, sizes }: Release, target: string): string {
  return [
    `Released v${version} to ${target}:`,
    `  ${main} on main, with changelog and version`,
    `  ${dist} with the bundles`,
    `  ${tagged} with our own actions pinned, tagged v${version}`,
    ...sizes.map(
      ({ action, bytes, budget }) => `  ${action}: ${formatBytes(bytes)} of ${formatBytes(budget)}`,
    ),
  ].join('\n');
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
