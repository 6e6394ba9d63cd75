import type { Checkout } from '@towpath/ci';
import { waitForAll } from '@towpath/concurrency';
import { lastLine } from '@towpath/docker';
import type { Runtime } from '@towpath/flow';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { git } from './git.ts';

/** The commit that is checked out. */
export interface CheckedOutCommit extends Checkout {
  /** The time of the commit, in seconds since 1970. */
  readonly time: number;
}

/** Why the commit that is checked out is unknown, and what to do about it, both as sentences. */
export interface UnknownCommit {
  readonly unknown: string;
  readonly hint: string;
}

/**
 * Returns the commit that is checked out in a workspace, and its branch. Uses git, which supports every repository
 * format: packed refs, worktrees, SHA-256, reftable.
 *
 * @returns undefined if the workspace is in no repository; the reason if there is no commit, or if git is missing or fails
 */
export async function readCheckout(
  port: Pick<Runtime, 'exec' | 'workspace'>,
): Promise<CheckedOutCommit | UnknownCommit | undefined> {
  if (!isInRepository(port.workspace)) return undefined;
  const [head, ref] = await waitForAll([
    git(port, ['rev-list', '--max-count=1', '--timestamp', 'HEAD', '--']),
    git(port, ['symbolic-ref', '--quiet', 'HEAD']),
  ]);
  const { time, commit } =
    /^(?<time>\d{1,12}) (?<commit>[0-9a-f]{40}(?:[0-9a-f]{24})?)\s*$/.exec(head.stdout)?.groups ?? {};
  const { branch } =
    /^refs\/heads\/(?<branch>\S+)\s*$/.exec(ref.exitCode === 0 ? ref.stdout : '')?.groups ?? {};
  if (head.exitCode !== 0 || commit === undefined) {
    const isUnborn = branch !== undefined && (await isMissing(port, `refs/heads/${branch}`));
    return isUnborn
      ? { unknown: `Branch ${branch} has no commit yet.`, hint: 'Commit the files.' }
      : { unknown: lastLine(head.stderr), hint: 'Install git 2.45 or newer in the runner or its container.' };
  }
  return { commit, time: Number(time), ...(branch !== undefined && { branch }) };
}

/** Whether a ref does not exist (git show-ref, "EXIT STATUS"). */
async function isMissing(port: Pick<Runtime, 'exec' | 'workspace'>, ref: string): Promise<boolean> {
  const { exitCode } = await git(port, ['show-ref', '--verify', '--quiet', ref]);
  return exitCode === 1;
}

/** Returns whether git would find a repository in the folder or one of its parents. */
function isInRepository(folder: string): boolean {
  if (existsSync(join(folder, '.git'))) return true;
  const parent = dirname(folder);
  return parent !== folder && isInRepository(parent);
}
