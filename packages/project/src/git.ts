import { CodedError } from '@towpath/errors';
import type { Environment, Runtime } from '@towpath/flow';
import { realpath } from 'node:fs/promises';

/**
 * Runs git with the workspace as a trusted folder. In a container the workspace belongs to another user, which git
 * rejects as "dubious ownership". A parent folder's repository is not trusted, because another user may have created
 * it.
 */
export async function git(
  { exec, workspace }: Pick<Runtime, 'exec' | 'workspace'>,
  args: readonly string[],
  env: Environment = {},
): Promise<Awaited<ReturnType<Runtime['exec']>>> {
  const folders = new Set([workspace, await realpath(workspace)]);
  const trusted = [...folders].flatMap((folder) => ['-c', `safe.directory=${folder}`]);
  try {
    return await exec('git', [...trusted, '-C', workspace, ...args], { env });
  } catch (error) {
    if (!(error instanceof CodedError) || error.code !== 'program-missing') throw error;
    return { exitCode: 1, stdout: '', stderr: 'git is not installed.' };
  }
}
