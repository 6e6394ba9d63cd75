import { describe, expect, test } from '@jest/globals';
import type { BaseCommit } from '@towpath/ci';
import type { Exec } from '@towpath/flow';
import { temporaryFolder, writeFiles } from '@towpath/testing/folder';
import { execFileSync, spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { readChanges, readFilesAt } from './changes.ts';

/** Isolates git from the configuration of the machine. */
const env = {
  ...process.env,
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  ...Object.fromEntries(
    ['AUTHOR', 'COMMITTER'].flatMap((who) => [
      [`GIT_${who}_NAME`, 'a'],
      [`GIT_${who}_EMAIL`, 'a@acme.test'],
    ]),
  ),
};

function git(cwd: string, ...args: readonly string[]): string {
  return execFileSync('git', args, { cwd, env, encoding: 'utf8' }).trim();
}

/** Runs a real program, and lists the git commands. */
function port(workspace: string) {
  const commands: string[] = [];
  const exec: Exec = (program, args, options) => {
    commands.push(args.slice(args.indexOf('-C') + 2).join(' '));
    const { status, stdout, stderr } = spawnSync(program, args, {
      env: { ...env, ...options?.env },
      encoding: 'utf8',
    });
    return Promise.resolve({ exitCode: status ?? 1, stdout, stderr });
  };
  return { exec, workspace, commands };
}

/** Creates a repository, and commits files. */
function repository() {
  const workspace = temporaryFolder();
  git(workspace, 'init', '-q', '-b', 'main');
  const commit = (files: Readonly<Record<string, string>>, ...args: readonly string[]) => {
    writeFiles(workspace, files);
    git(workspace, 'add', '-A');
    git(workspace, 'commit', '-q', '--allow-empty', '-m', 'one', ...args);
    return git(workspace, 'rev-parse', 'HEAD');
  };
  return { workspace, commit };
}

function commitBase(commit: string): BaseCommit {
  return { kind: 'commit', commit, why: 'the commit before the push' };
}

describe('the changes of a commit', () => {
  test('are the added, changed, deleted and moved files, whatever their names', async () => {
    const { workspace, commit } = repository();
    const before = commit({ 'web/a.ts': '1', 'web/b.ts': '2', 'old/c.ts': 'moved\n'.repeat(9), 'd.ts': '4' });
    rmSync(join(workspace, 'web/b.ts'));
    git(workspace, 'mv', 'old/c.ts', 'c.ts');
    commit({ 'web/a.ts': '2', 'ü "x"\n': '5' });
    expect(await readChanges(port(workspace), commitBase(before))).toEqual({
      kind: 'known',
      base: before,
      why: 'the commit before the push',
      paths: ['c.ts', 'old/c.ts', 'web/a.ts', 'web/b.ts', 'ü "x"\n'],
    });
  });

  test('are those of the trees: a commit that is not an ancestor, or several commits ago, is compared the same way', async () => {
    const { workspace, commit } = repository();
    commit({ a: '1' });
    const before = commit({ a: '2', b: '1' });
    git(workspace, 'reset', '-q', '--hard', 'HEAD~1');
    commit({ a: '3' });
    commit({ a: '2' });
    expect(await readChanges(port(workspace), commitBase(before))).toMatchObject({ paths: ['b'] });
  });

  test('of a pull request are those against the first parent of its merge commit', async () => {
    const { workspace, commit } = repository();
    commit({ a: '1', b: '1' });
    git(workspace, 'checkout', '-q', '-b', 'topic');
    const head = commit({ a: '2' });
    git(workspace, 'checkout', '-q', 'main');
    const main = commit({ b: '2' });
    git(workspace, 'merge', '-q', '--no-ff', '-m', 'merge', head);
    const asked = await readChanges(port(workspace), {
      kind: 'first-parent',
      head,
      otherwise: undefined,
      change: 'pull request',
    });
    expect(asked).toMatchObject({ base: main, paths: ['a'] });
  });

  test('of a squashed pull request are those against the base of the event, not the parent', async () => {
    const { workspace, commit } = repository();
    const base = commit({ a: '1', b: '1' });
    commit({ a: '2' });
    commit({ b: '2' });
    const asked = {
      kind: 'first-parent',
      head: 'f'.repeat(40),
      otherwise: base,
      change: 'merge request',
    } as const;
    expect(await readChanges(port(workspace), asked)).toMatchObject({ base, paths: ['a', 'b'] });
  });

  test('of a branch are those since it left another branch', async () => {
    const { workspace, commit } = repository();
    const left = commit({ a: '1' });
    git(workspace, 'checkout', '-q', '-b', 'topic');
    commit({ b: '1' });
    git(workspace, 'checkout', '-q', 'main');
    commit({ a: '2' });
    git(workspace, 'update-ref', 'refs/remotes/origin/release', 'main');
    git(workspace, 'checkout', '-q', 'topic');
    for (const from of ['main', 'release'])
      expect(await readChanges(port(workspace), { kind: 'fork-point', from, why: '' })).toMatchObject({
        base: left,
        paths: ['b'],
      });
  });

  test('are relative to the workspace if it is a folder of the repository', async () => {
    const { workspace, commit } = repository();
    const before = commit({ 'team/a': '1', b: '1' });
    commit({ 'team/a': '2', b: '2' });
    expect(await readChanges(port(join(workspace, 'team')), commitBase(before))).toMatchObject({
      paths: ['a'],
    });
  });

  test('include a submodule that points to another commit', async () => {
    const { workspace } = repository();
    const link = (digit: string) =>
      git(workspace, 'update-index', '--add', '--cacheinfo', `160000,${digit.repeat(40)},lib`);
    link('a');
    git(workspace, 'commit', '-q', '-m', 'one');
    const before = git(workspace, 'rev-parse', 'HEAD');
    link('b');
    git(workspace, 'commit', '-q', '-m', 'two');
    expect(await readChanges(port(workspace), commitBase(before))).toMatchObject({ paths: ['lib'] });
  });
});

describe('unknown changes', () => {
  test('name the fetch-depth of a shallow clone, and fetch nothing', async () => {
    const { workspace, commit } = repository();
    const before = commit({ a: '1' });
    commit({ a: '2' });
    const clone = join(temporaryFolder(), 'clone');
    git(workspace, 'clone', '-q', '--depth=1', `file://${workspace}`, clone);
    const tried = port(clone);
    expect(await readChanges(tried, commitBase(before))).toEqual({
      kind: 'unknown',
      why: `the clone is shallow and does not contain ${before} (the commit before the push)`,
      hint: 'Set fetch-depth: 0 for actions/checkout, to build only what changed.',
    });
    const pull = {
      kind: 'first-parent',
      head: 'f'.repeat(40),
      otherwise: before,
      change: 'pull request',
    } as const;
    expect(await readChanges(tried, pull)).toMatchObject({
      hint: 'Set fetch-depth: 2 for actions/checkout, to build only what changed.',
    });
    expect(tried.commands.join('\n')).not.toMatch(/fetch|pull|clone/);
  });

  test.each<[string, (head: string) => BaseCommit, string]>([
    ['no base', () => ({ kind: 'none', why: 'the branch is new' }), 'the branch is new'],
    [
      'a commit that a forced push removed',
      () => commitBase('e'.repeat(40)),
      `the clone does not contain ${'e'.repeat(40)} (the commit before the push)`,
    ],
    [
      'an option instead of a commit',
      () => commitBase('--all'),
      'the clone does not contain --all (the commit before the push)',
    ],
    ['the checked-out commit itself', commitBase, 'the commit before the push is already checked out'],
  ])('say why: %s', async (_, base, why) => {
    const { workspace, commit } = repository();
    const head = commit({ a: '1' });
    expect(await readChanges(port(workspace), base(head))).toEqual({ kind: 'unknown', why });
  });
});

test('reads files of an earlier commit', async () => {
  const { workspace, commit } = repository();
  const before = commit({ 'team/a.yaml': 'x: 1\n' });
  commit({ 'team/a.yaml': 'x: 2\n', 'team/b.yaml': '' });
  const files = await readFilesAt(port(join(workspace, 'team')), before, ['a.yaml', 'b.yaml']);
  expect([...files]).toEqual([['a.yaml', 'x: 1\n']]);
});
