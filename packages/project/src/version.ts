import type { CiFacts } from '@towpath/ci';
import { CodedError, type Problem } from '@towpath/errors';
import { readTextWithin } from '@towpath/files';
import type { Runtime } from '@towpath/flow';
import {
  isVersionWord,
  readVersion,
  toTag,
  versionWords,
  whyNoVersion,
  type Version,
  type VersionSources,
  type VersionWord,
} from '@towpath/tags';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

type VersionPort = Pick<Runtime, 'exec' | 'workspace'>;

/**
 * Returns the version of the input `version`, or resolves its keyword.
 *
 * @param given a version, or `auto`, `git-tag`, `package.json` or `short-sha`
 * @param images the names of the images that get the version
 * @throws CodedError `version-unknown` if no version is found; `input-invalid` if the result is not a valid version
 */
export async function resolveVersion(
  given: string,
  ci: CiFacts,
  port: VersionPort,
  images: readonly string[] = [],
): Promise<Version> {
  if (!isVersionWord(given)) return checked({ version: given, origin: 'the input version' });
  const found = readVersion(given, { ...(await readSources(given, ci, port)), images });
  if (found !== undefined && 'ambiguous' in found)
    throw new CodedError(
      'version-unknown',
      `The version is ambiguous: the commit has the git tags ${found.ambiguous.join(', ')} of several packages.`,
      {
        hint: 'Set the input version, or publish one image with the input only: the git tag with its name counts.',
      },
    );
  if (found !== undefined) return checked(found);
  throw new CodedError('version-unknown', `No version was found: ${reasons[given]}.`, {
    hint: hint(given, port),
  });
}

/** @throws CodedError `input-invalid` */
function checked(found: Version): Version {
  const [problem] = versionProblems(found.version, found.origin);
  if (problem === undefined) return found;
  throw new CodedError(problem.code, problem.message, { hint: problem.hint });
}

/** Returns the problems of a given version; empty if it is valid. */
export function versionProblems(version: string, origin = 'the input version'): readonly Problem[] {
  const reason = whyNoVersion(version);
  if (reason === undefined) return [];
  const shown = version.length > 60 ? `${version.slice(0, 60)}…` : version;
  return [
    {
      code: 'input-invalid',
      message: `${JSON.stringify(shown)} from ${origin} cannot be a version: it ${reason}.`,
      hint: 'Give a version such as 1.4.0: letters, digits, and the characters . _ - + ~ : / @.',
    },
  ];
}

/** Writes a notice with the tag of a version if the tag differs from the version. */
export function announceVersion(version: string, log: Pick<Runtime['log'], 'annotate'>): void {
  const tag = toTag(version);
  if (tag === version) return;
  const message = `Version ${version} is written ${tag} in tags, because a tag cannot contain all of its characters.`;
  log.annotate({ level: 'notice', message });
}

/** Returns the version that `publish` would use without the input; undefined if there is none. */
export async function foreseeVersion(ci: CiFacts, port: VersionPort): Promise<Version | undefined> {
  try {
    return await resolveVersion('auto', ci, port);
  } catch (error) {
    if (error instanceof CodedError) return undefined;
    throw error;
  }
}

const reasons: Readonly<Record<VersionWord, string>> = {
  auto: 'the run is not for a git tag such as v1.4.0, package.json has no version, and the commit is unknown',
  'git-tag': 'no git tag such as v1.4.0 points at the commit',
  'package.json': 'there is no package.json in the root, or it has no version',
  'short-sha': 'the commit is unknown',
};

function hint(given: VersionWord, { workspace }: VersionPort): string {
  if (given === 'git-tag' && isShallow(workspace))
    return 'The clone is shallow and has no tags. Set fetch-depth: 0 for actions/checkout.';
  const others = versionWords.filter((word) => word !== given && word !== 'auto');
  return `Set the input version to a version${given === 'auto' ? '' : `, or to auto, ${others.join(' or ')}`}.`;
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
 * Returns the tags at the commit. `auto` does not use them: runners make shallow clones, which have no tags, and the
 * version must not depend on the depth of a clone.
 */
async function tagsAtHead({ exec, workspace }: VersionPort): Promise<readonly string[]> {
  const args = ['tag', '--points-at=HEAD'];
  // The clone may belong to another user, as in a container job.
  const { exitCode, stdout } = await exec('git', ['-c', `safe.directory=${workspace}`, ...args], {
    cwd: workspace,
  });
  return exitCode === 0 ? stdout.split('\n').filter((line) => line !== '') : [];
}

function isShallow(workspace: string): boolean {
  return existsSync(join(workspace, '.git', 'shallow'));
}

const packageFile = { code: 'version-unknown', name: 'package.json', maxBytes: 2 ** 20 } as const;

/** @throws CodedError `version-unknown` if package.json is invalid */
async function packageVersion(workspace: string): Promise<string | undefined> {
  const path = join(workspace, 'package.json');
  if (!existsSync(path)) return undefined;
  try {
    const { version } = JSON.parse(await readTextWithin(path, packageFile)) as { version?: unknown };
    return typeof version === 'string' ? version : undefined;
  } catch (cause) {
    if (cause instanceof CodedError) throw cause;
    throw new CodedError('version-unknown', 'package.json is not valid JSON: its version cannot be read.', {
      hint: 'Fix package.json, or set the input version.',
      cause,
    });
  }
}
