import { execFile } from 'node:child_process';
import { cp, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The repository of a team, as a runner has checked it out. */
export interface Checkout {
  readonly folder: string;
  /** Commits all changes. */
  commit(message: string): Promise<void>;
  /** Returns the commit that is checked out. */
  revision(): Promise<string>;
}

const examples = fileURLToPath(new URL('../../../examples/', import.meta.url));

/**
 * Creates a Git repository with the files of an example.
 *
 * @param example its folder below `examples/`
 * @param folder is emptied first
 * @param remote the URL of its remote
 */
export async function checkOut(example: string, folder: string, remote?: string): Promise<Checkout> {
  await rm(folder, { recursive: true, force: true });
  await cp(`${examples}${example}`, folder, { recursive: true });
  await git(folder, 'init', '--quiet', '--initial-branch=main');
  if (remote !== undefined) await git(folder, 'remote', 'add', 'origin', remote);
  const checkout = await asTeam(folder);
  await checkout.commit('Keep the books');
  return checkout;
}

/** Clones a repository with its history. */
export async function cloneCheckout(from: Checkout, folder: string): Promise<Checkout> {
  await run('git', ['clone', '--quiet', from.folder, folder]);
  return asTeam(folder);
}

async function asTeam(folder: string): Promise<Checkout> {
  await git(folder, 'config', 'user.name', 'Payroll');
  await git(folder, 'config', 'user.email', 'payroll@example.com');
  return {
    folder,
    commit: async (message) => {
      await git(folder, 'add', '--all');
      await git(folder, 'commit', '--quiet', `--message=${message}`);
    },
    revision: () => git(folder, 'rev-parse', 'HEAD'),
  };
}

async function git(folder: string, ...args: readonly string[]): Promise<string> {
  return (await run('git', args, { cwd: folder })).stdout.trim();
}
