import { describe, expect, test } from '@jest/globals';
import { temporaryFolder, writeFiles } from '@towpath/testing/folder';
import { CodedError } from '@towpath/errors';
import type { Exec } from '@towpath/flow';
import { execFileSync, spawnSync } from 'node:child_process';
import { chownSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { readCheckout } from './checkout.ts';

const time = 1_769_860_800;

/** Isolates git from the configuration of the machine. */
const env = {
  ...process.env,
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'a',
  GIT_AUTHOR_EMAIL: 'a@acme.test',
  GIT_COMMITTER_NAME: 'a',
  GIT_COMMITTER_EMAIL: 'a@acme.test',
  GIT_COMMITTER_DATE: `${time} +0000`,
};

function git(cwd: string, ...args: readonly string[]): string {
  return execFileSync('git', args, { cwd, env, encoding: 'utf8' }).trim();
}

/** Creates a clone with two commits, using the real git. */
function makeClone(...init: readonly string[]): { workspace: string; first: string; second: string } {
  const workspace = temporaryFolder();
  git(workspace, 'init', '-q', '-b', 'main', ...init);
  git(workspace, 'commit', '-q', '--allow-empty', '-m', 'one');
  const first = git(workspace, 'rev-parse', 'HEAD');
  git(workspace, 'commit', '-q', '--allow-empty', '-m', 'two');
  return { workspace, first, second: git(workspace, 'rev-parse', 'HEAD') };
}

/** Runs a real program. */
const exec: Exec = (program, args) => {
  const { status, stdout, stderr } = spawnSync(program, args, { env, encoding: 'utf8' });
  return Promise.resolve({ exitCode: status ?? 1, stdout, stderr });
};

const checkedOut = (workspace: string) => readCheckout({ exec, workspace });

describe('the commit of a workspace', () => {
  test('is the latest commit of its branch', async () => {
    const { workspace, second } = makeClone();
    expect(await checkedOut(workspace)).toMatchObject({ commit: second, branch: 'main' });
  });

  test('is found if git has packed the refs, and the branch name contains another branch’s name', async () => {
    const { workspace, first, second } = makeClone();
    git(workspace, 'branch', 'aa/refs/heads/main', first);
    git(workspace, 'pack-refs', '--all');
    expect(await checkedOut(workspace)).toMatchObject({ commit: second, branch: 'main' });
  });

  test('is the checked-out commit if there is no branch, as for a pull request', async () => {
    const { workspace, first } = makeClone();
    git(workspace, 'checkout', '-q', '--detach', first);
    expect(await checkedOut(workspace)).toEqual({ commit: first, time });
  });

  test('is that of the worktree, not of its main clone', async () => {
    const { workspace, first, second } = makeClone();
    const beside = join(temporaryFolder(), 'beside');
    git(workspace, 'worktree', 'add', '-q', '-b', 'other', beside, first);
    expect(await checkedOut(beside)).toMatchObject({ commit: first, branch: 'other' });
    expect(await checkedOut(workspace)).toMatchObject({ commit: second, branch: 'main' });
  });

  test('can be SHA-256', async () => {
    const { workspace, second } = makeClone('--object-format=sha256');
    expect(second).toHaveLength(64);
    expect(await checkedOut(workspace)).toMatchObject({ commit: second, branch: 'main' });
  });

  test('is found if the workspace is a subfolder of the repository', async () => {
    const { workspace, second } = makeClone();
    writeFiles(workspace, { 'services/web/Dockerfile': '' });
    expect(await checkedOut(join(workspace, 'services/web'))).toMatchObject({ commit: second });
  });

  test('is found if the workspace is a link to another user’s clone', async () => {
    const { workspace, second } = makeClone();
    chownSync(workspace, 12_345, 12_345);
    chownSync(join(workspace, '.git'), 12_345, 12_345);
    const link = join(temporaryFolder(), 'link');
    symlinkSync(workspace, link);
    expect(await checkedOut(link)).toMatchObject({ commit: second });
    expect(await checkedOut(workspace)).toMatchObject({ commit: second });
  });

  test('is read by git if the refs are in a reftable', async () => {
    const workspace = temporaryFolder();
    writeFiles(workspace, { '.git/HEAD': 'ref: refs/heads/.invalid\n', '.git/reftable/tables.list': '' });
    const commit = 'a'.repeat(40);
    const exec: Exec = (_program, args) => {
      const stdout = args.includes('rev-list') ? `${time} ${commit}\n` : 'refs/heads/main\n';
      return Promise.resolve({ exitCode: 0, stdout, stderr: '' });
    };
    expect(await readCheckout({ exec, workspace })).toEqual({ commit, branch: 'main', time });
  });

  test('is unknown if git is not installed', async () => {
    const { workspace } = makeClone();
    const exec: Exec = () => Promise.reject(new CodedError('program-missing', 'git cannot be started.'));
    expect(await readCheckout({ exec, workspace })).toMatchObject({ unknown: 'git is not installed.' });
  });

  test('is undefined outside a repository, without a call to git', async () => {
    const exec: Exec = () => Promise.reject(new Error('git is asked'));
    expect(await readCheckout({ exec, workspace: temporaryFolder() })).toBeUndefined();
  });

  test.each<{ name: string; files: Readonly<Record<string, string>> }>([
    {
      name: 'a workspace whose .git file points to a missing folder',
      files: { '.git': 'gitdir: ../nowhere\n' },
    },
    {
      name: 'a clone whose HEAD points to a file outside .git',
      files: { '.git/HEAD': 'ref: refs/../../secret\n', secret: 's3cret\n' },
    },
  ])('is unknown in $name', async ({ files }) => {
    const workspace = temporaryFolder();
    writeFiles(workspace, files);
    expect(await checkedOut(workspace)).toEqual({
      unknown: expect.stringMatching(/^fatal: /) as unknown,
      hint: 'Install git 2.45 or newer in the runner or its container.',
    });
  });

  test('is unknown in a repository without a commit', async () => {
    const workspace = temporaryFolder();
    git(workspace, 'init', '-q', '-b', 'trunk');
    expect(await checkedOut(workspace)).toEqual({
      unknown: 'Branch trunk has no commit yet.',
      hint: 'Commit the files.',
    });
  });
});
