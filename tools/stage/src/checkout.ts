import { execFile } from 'node:child_process';
import { cp, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A repository of a team, as a runner has checked it out. */
export interface Checkout {
  readonly folder: string;
  /** Commits everything that has changed. */
  commit(message: string): Promise<void>;
  /** The commit that is checked out. */
  revision(): Promise<string>;
}

const examples = fileURLToPath(new URL('../../../examples/', import.meta.url));

/**
 * Makes a repository of an example, with a history of its own.
 *
 * @param example its folder below `examples/`
 * @param folder is emptied first
 * @param remote where it is said to come from
 */
export async function checkOut(example: string, folder: string, remote?: string): Promise<Checkout> {
  await rm(folder, { recursive: true, force: true });
  await cp(`${examples}${example}`, folder, { recursive: true });
  const git = async (...args: string[]) => (await run('git', args, { cwd: folder })).stdout.trim();
  await git('init', '--quiet', '--initial-branch=main');
  await git('config', 'user.name', 'Payroll');
  await git('config', 'user.email', 'payroll@example.com');
  if (remote !== undefined) await git('remote', 'add', 'origin', remote);
  const checkout: Checkout = {
    folder,
    commit: async (message) => {
      await git('add', '--all');
      await git('commit', '--quiet', `--message=${message}`);
    },
    revision: () => git('rev-parse', 'HEAD'),
  };
  await checkout.commit('Keep the books');
  return checkout;
}
