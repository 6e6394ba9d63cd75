import { describe, expect, test } from '@jest/globals';
import { temporaryFolder, writeFiles } from '@towpath/testing';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { readCheckout } from './checkout.ts';

/** Nothing of the machine's configuration counts. */
const env = {
  ...process.env,
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'a',
  GIT_AUTHOR_EMAIL: 'a@acme.test',
  GIT_COMMITTER_NAME: 'a',
  GIT_COMMITTER_EMAIL: 'a@acme.test',
};

function git(cwd: string, ...args: readonly string[]): string {
  return execFileSync('git', args, { cwd, env, encoding: 'utf8' }).trim();
}

/** A clone with two commits, by real git. */
function makeClone(...init: readonly string[]): { workspace: string; first: string; second: string } {
  const workspace = temporaryFolder();
  git(workspace, 'init', '-q', '-b', 'main', ...init);
  git(workspace, 'commit', '-q', '--allow-empty', '-m', 'one');
  const first = git(workspace, 'rev-parse', 'HEAD');
  git(workspace, 'commit', '-q', '--allow-empty', '-m', 'two');
  return { workspace, first, second: git(workspace, 'rev-parse', 'HEAD') };
}

describe('the commit of a workspace', () => {
  test('is that of its branch', async () => {
    const { workspace, second } = makeClone();
    expect(await readCheckout(workspace)).toEqual({ commit: second, branch: 'main' });
  });

  test('is that of its branch when git has packed the refs, and the branch has another’s name in it', async () => {
    const { workspace, first, second } = makeClone();
    git(workspace, 'branch', 'aa/refs/heads/main', first);
    git(workspace, 'pack-refs', '--all');
    expect(await readCheckout(workspace)).toEqual({ commit: second, branch: 'main' });
  });

  test('is the one that was checked out without a branch, as on a pull request', async () => {
    const { workspace, first } = makeClone();
    git(workspace, 'checkout', '-q', '--detach', first);
    expect(await readCheckout(workspace)).toEqual({ commit: first });
  });

  test('is that of a worktree, not of the clone it belongs to', async () => {
    const { workspace, first, second } = makeClone();
    const beside = join(temporaryFolder(), 'beside');
    git(workspace, 'worktree', 'add', '-q', '-b', 'other', beside, first);
    expect(await readCheckout(beside)).toEqual({ commit: first, branch: 'other' });
    expect(await readCheckout(workspace)).toEqual({ commit: second, branch: 'main' });
  });

  test('may be of SHA-256', async () => {
    const { workspace, second } = makeClone('--object-format=sha256');
    expect(second).toHaveLength(64);
    expect(await readCheckout(workspace)).toEqual({ commit: second, branch: 'main' });
  });

  test.each<{ name: string; files: Readonly<Record<string, string>> }>([
    { name: 'no clone', files: {} },
    { name: 'a clone without a commit', files: { '.git/HEAD': 'ref: refs/heads/main\n' } },
    { name: 'a file that leads nowhere', files: { '.git': 'gitdir: ../nowhere\n' } },
    {
      name: 'a clone that names another file',
      files: { '.git/HEAD': 'ref: refs/../../secret\n', secret: 's3cret\n' },
    },
  ])('is unknown in $name', async ({ files }) => {
    const workspace = temporaryFolder();
    writeFiles(workspace, files);
    expect(await readCheckout(workspace)).toBeUndefined();
  });
});
