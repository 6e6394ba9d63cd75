import type { BaseCommit } from '@towpath/ci';
import { lastLine } from '@towpath/docker';
import { CodedError } from '@towpath/errors';
import type { Runtime } from '@towpath/flow';
import { git } from './git.ts';

/** The files that differ between the base and the checked-out commit. */
export type Changes =
  | {
      readonly kind: 'known';
      /** The commit that was compared with. */
      readonly base: string;
      /** What this commit is. */
      readonly why: string;
      /** Relative to the workspace, with forward slashes. Deleted files count, and a moved file has both paths. */
      readonly paths: readonly string[];
    }
  | { readonly kind: 'unknown'; readonly why: string; readonly hint?: string };

type Port = Pick<Runtime, 'exec' | 'workspace'>;

/** Git must not download what a partial clone lacks, file by file. */
const offline = { GIT_NO_LAZY_FETCH: '1' };

/**
 * Compares the tree of the checked-out commit with that of its base. Trees have no history, so merge commits need no
 * special treatment. Nothing is fetched: if the clone lacks the base, the changes are unknown.
 */
export async function readChanges(port: Port, base: BaseCommit): Promise<Changes> {
  if (base.kind === 'none') return { kind: 'unknown', why: base.why };
  const found = await findBase(port, base);
  if (found === undefined) return absent(port, base);
  const { commit, why } = found;
  if ((await commitOf(port, 'HEAD')) === commit)
    return { kind: 'unknown', why: `${why} is already checked out` };
  try {
    const options = ['-r', '-z', '--no-renames', '--name-only', '--relative', '--ignore-submodules=none'];
    const diff = await git(port, ['diff-tree', ...options, commit, 'HEAD'], offline);
    if (diff.exitCode !== 0)
      return { kind: 'unknown', why: `git cannot compare it with ${commit}: ${lastLine(diff.stderr)}` };
    return { kind: 'known', base: commit, why, paths: diff.stdout.split('\0').filter((path) => path !== '') };
  } catch (error) {
    // The list is longer than a program may print.
    if (!(error instanceof CodedError) || error.code !== 'outside-failed') throw error;
    return { kind: 'unknown', why: 'too many files changed' };
  }
}

async function findBase(
  port: Port,
  base: Exclude<BaseCommit, { kind: 'none' }>,
): Promise<{ readonly commit: string; readonly why: string } | undefined> {
  switch (base.kind) {
    case 'commit': {
      const commit = await commitOf(port, base.commit);
      return commit === undefined ? undefined : { commit, why: base.why };
    }
    case 'fork-point': {
      const from = await commitOf(port, base.from);
      const { exitCode, stdout } =
        from === undefined
          ? { exitCode: 1, stdout: '' }
          : await git(port, ['merge-base', from, 'HEAD'], offline);
      return exitCode === 0 ? { commit: stdout.trim(), why: base.why } : undefined;
    }
    case 'first-parent': {
      const [first, second, third] = await parentsOf(port);
      if (first !== undefined && second === base.head && third === undefined)
        return { commit: first, why: `the base branch, as it was merged with the ${base.change}` };
      // The commit of a squashed change has one parent.
      const commit = base.otherwise === undefined ? undefined : await commitOf(port, base.otherwise);
      return commit === undefined ? undefined : { commit, why: `the base branch of the ${base.change}` };
    }
  }
}

/** Returns the parents of HEAD that the clone contains. */
async function parentsOf(port: Port): Promise<readonly string[]> {
  const { exitCode, stdout } = await git(
    port,
    ['rev-list', '--max-count=1', '--parents', 'HEAD', '--'],
    offline,
  );
  return exitCode === 0 ? stdout.trim().split(' ').slice(1) : [];
}

/** A commit, tag or branch. The first character cannot be a dash, which would begin an option of git. */
const revision = /^[\w@][\w./@~^{}+-]{0,250}$/;

/** Returns the commit of a revision, or of a branch of `origin`; undefined if the clone does not have it. */
async function commitOf(port: Port, name: string): Promise<string | undefined> {
  if (!revision.test(name)) return undefined;
  for (const one of [name, `refs/remotes/origin/${name}`]) {
    const { exitCode, stdout } = await git(
      port,
      ['rev-parse', '--verify', '--quiet', `${one}^{commit}`],
      offline,
    );
    if (exitCode === 0) return stdout.trim();
  }
  return undefined;
}

async function absent(port: Port, base: Exclude<BaseCommit, { kind: 'none' }>): Promise<Changes> {
  const { stdout } = await git(port, ['rev-parse', '--is-shallow-repository']);
  const isShallow = stdout.trim() === 'true';
  const name =
    base.kind === 'first-parent'
      ? `the base of the ${base.change}`
      : base.kind === 'commit'
        ? `${base.commit} (${base.why})`
        : base.from;
  if (!isShallow) return { kind: 'unknown', why: `the clone does not contain ${name}` };
  return {
    kind: 'unknown',
    why: `the clone is shallow and does not contain ${name}`,
    hint: `Set fetch-depth: ${base.kind === 'first-parent' ? 2 : 0} for actions/checkout, to build only what changed.`,
  };
}

/**
 * Returns files as they were in a commit.
 *
 * @param paths relative to the workspace
 * @returns the texts by path, without files that the commit does not have
 */
export async function readFilesAt(
  port: Port,
  commit: string,
  paths: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  for (const path of paths) {
    const { exitCode, stdout } = await git(port, ['show', `${commit}:./${path}`], offline);
    if (exitCode === 0) files.set(path, stdout);
  }
  return files;
}
