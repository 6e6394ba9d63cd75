import { CodedError } from '@towpath/errors';
import type { Runtime } from '@towpath/flow';
import {
  isVersionWord,
  readVersion,
  versionWords,
  type CiFacts,
  type Version,
  type VersionSources,
  type VersionWord,
} from '@towpath/tags';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

type VersionPort = Pick<Runtime, 'exec' | 'workspace'>;

/**
 * The version that an input means: itself, or what its word stands for.
 *
 * @param given a version, or `auto`, `git-tag`, `package.json` or `short-sha`
 * @throws CodedError `version-unknown` when nothing tells it
 */
export async function resolveVersion(given: string, ci: CiFacts, port: VersionPort): Promise<Version> {
  if (!isVersionWord(given)) return { version: given, origin: 'the input version' };
  const found = readVersion(given, await readSources(given, ci, port));
  if (found !== undefined) return found;
  throw new CodedError('version-unknown', `There is no version: ${reasons[given]}.`, {
    hint: hint(given, port),
  });
}

/** The version that `publish` would find, were it not given one; undefined when nothing tells it. */
export async function foreseeVersion(ci: CiFacts, port: VersionPort): Promise<Version | undefined> {
  try {
    return await resolveVersion('auto', ci, port);
  } catch (error) {
    if (error instanceof CodedError) return undefined;
    throw error;
  }
}

const reasons: Readonly<Record<VersionWord, string>> = {
  auto: 'the run is of no git tag such as v1.4.0, package.json has no version, and the commit is not known',
  'git-tag': 'no git tag such as v1.4.0 points at the commit',
  'package.json': 'there is no package.json in the root, or it has no version',
  'short-sha': 'the commit is not known',
};

function hint(given: VersionWord, { workspace }: VersionPort): string {
  if (given === 'git-tag' && isShallow(workspace))
    return 'The clone is shallow and has no tags: check out with fetch-depth: 0.';
  const others = versionWords.filter((word) => word !== given && word !== 'auto');
  return `Give the version itself${given === 'auto' ? '' : `, or auto, ${others.join(' or ')}`}.`;
}

async function readSources(word: VersionWord, ci: CiFacts, port: VersionPort): Promise<VersionSources> {
  return {
    gitTags: ci.tag === undefined ? (word === 'git-tag' ? await tagsAtHead(port) : []) : [ci.tag],
    packageVersion: readsPackage(word) ? await packageVersion(port.workspace) : undefined,
    sha: ci.facts.sha,
  };
}

function readsPackage(word: VersionWord): boolean {
  return word === 'auto' || word === 'package.json';
}

/**
 * The tags that point at the commit, the highest version first. `auto` does not look for them: a shallow clone, as
 * runners make it, has none, and the version must not depend on the depth of a clone.
 */
async function tagsAtHead({ exec, workspace }: VersionPort): Promise<readonly string[]> {
  const args = ['tag', '--points-at=HEAD', '--sort=-version:refname'];
  // The clone may belong to another user, as it does in a job's container.
  const { exitCode, stdout } = await exec('git', ['-c', `safe.directory=${workspace}`, ...args], {
    cwd: workspace,
  });
  return exitCode === 0 ? stdout.split('\n').filter((line) => line !== '') : [];
}

function isShallow(workspace: string): boolean {
  return existsSync(join(workspace, '.git', 'shallow'));
}

/** @throws CodedError `version-unknown` when package.json is none */
async function packageVersion(workspace: string): Promise<string | undefined> {
  const path = join(workspace, 'package.json');
  if (!existsSync(path)) return undefined;
  try {
    const { version } = JSON.parse(await readFile(path, 'utf8')) as { version?: unknown };
    return typeof version === 'string' ? version : undefined;
  } catch (cause) {
    throw new CodedError('version-unknown', 'package.json cannot be read for its version.', {
      hint: 'Mend it, or give the version itself.',
      cause,
    });
  }
}
