import { CodedError } from '@towpath/errors';
import type { Runtime } from '@towpath/flow';

/** What is checked out. */
export interface Commit {
  readonly revision: string;
  /** Seconds since 1970. */
  readonly time: number;
}

/** The commit of the workspace, or undefined where it is no repository or there is no git. */
export async function readCommit({
  exec,
  workspace,
}: Pick<Runtime, 'exec' | 'workspace'>): Promise<Commit | undefined> {
  // In a container the workspace has another owner than the process: git calls that dubious, and gives nothing away.
  const args = ['-c', `safe.directory=${workspace}`, '-C', workspace, 'log', '-1', '--format=%H %ct'];
  const { exitCode, stdout } = await exec('git', args).catch((error: unknown) => {
    if (error instanceof CodedError && error.code === 'program-missing') return { exitCode: 1, stdout: '' };
    throw error;
  });
  const { revision, time } = /^(?<revision>[0-9a-f]{40,64}) (?<time>\d+)\s*$/.exec(stdout)?.groups ?? {};
  return exitCode === 0 && revision !== undefined ? { revision, time: Number(time) } : undefined;
}
