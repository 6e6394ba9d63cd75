import type { Checkout } from '@towpath/ci';
import { waitForAll } from '@towpath/concurrency';
import { lastLine } from '@towpath/docker';
import { CodedError } from '@towpath/errors';
import type { Runtime } from '@towpath/flow';
import { existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** The commit that is checked out. */
export interface CheckedOutCommit extends Checkout {
  /** The time of the commit, in seconds since 1970. */
  readonly time: number;
}

/**
 * Asks git for the commit that is checked out in a workspace, and its branch. git itself knows every format of a
 * repository: packed refs, worktrees, SHA-256, reftable.
 *
 * @returns undefined if the workspace is in no repository; the reason if git is missing or cannot tell
 */
export async function readCheckout(
  port: Pick<Runtime, 'exec' | 'workspace'>,
): Promise<CheckedOutCommit | { readonly unknown: string } | undefined> {
  if (!isInRepository(port.workspace)) return undefined;
  const [head, ref] = await waitForAll([
    git(port, ['rev-list', '--max-count=1', '--timestamp', 'HEAD', '--']),
    git(port, ['symbolic-ref', '--quiet', 'HEAD']),
  ]);
  const { time, commit } =
    /^(?<time>\d{1,12}) (?<commit>[0-9a-f]{40}(?:[0-9a-f]{24})?)\s*$/.exec(head.stdout)?.groups ?? {};
  if (head.exitCode !== 0 || commit === undefined) return { unknown: lastLine(head.stderr) };
  const { branch } = /^refs\/heads\/(?<branch>\S+)\s*$/.exec(ref.stdout)?.groups ?? {};
  return { commit, time: Number(time), ...(ref.exitCode === 0 && branch !== undefined && { branch }) };
}

/** Whether git would find a repository: it looks in every folder above. */
function isInRepository(folder: string): boolean {
  if (existsSync(join(folder, '.git'))) return true;
  const parent = dirname(folder);
  return parent !== folder && isInRepository(parent);
}

/**
 * In a container the workspace has another owner than the process, which git refuses as dubious. Only the workspace
 * itself is trusted: a repository above it, which another user has made, is not.
 */
async function git(
  { exec, workspace }: Pick<Runtime, 'exec' | 'workspace'>,
  args: readonly string[],
): Promise<Awaited<ReturnType<Runtime['exec']>>> {
  const folders = new Set([workspace, await realpath(workspace)]);
  const trusted = [...folders].flatMap((folder) => ['-c', `safe.directory=${folder}`]);
  try {
    return await exec('git', [...trusted, '-C', workspace, ...args]);
  } catch (error) {
    if (!(error instanceof CodedError) || error.code !== 'program-missing') throw error;
    return { exitCode: 1, stdout: '', stderr: 'git is not installed.' };
  }
}
