import { describe, expect, test } from '@jest/globals';
import type { CiFacts } from '@towpath/ci';
import type { Exec } from '@towpath/flow';
import { fakeRuntime } from '@towpath/testing/fake-runtime';
import { execFileSync } from 'node:child_process';
import { announceVersion, foreseeVersion, resolveVersion, versionProblems } from './version.ts';

const sha = '6113728f27ae82c7b1a177c8d03f9e96e0adf246';
const onBranch: CiFacts = { fromFork: false, facts: { sha } };
const onTag: CiFacts = { ...onBranch, tag: 'v1.4.0' };

/** Runs the real git. */
const exec: Exec = (program, args, options) => {
  const stdout = execFileSync(program, args, { cwd: options?.cwd, encoding: 'utf8' });
  return Promise.resolve({ exitCode: 0, stdout, stderr: '' });
};

function resolve(given: string, ci: CiFacts, files: Files = {}) {
  return resolveVersion(given, ci, fakeRuntime({ files }));
}

type Files = Readonly<Record<string, string>>;

describe('the version', () => {
  test('is the input, if that is a version', async () => {
    expect(await resolve('1.0.0', onTag)).toEqual({ version: '1.0.0', origin: 'the input version' });
  });

  test.each<{ name: string; ci: CiFacts; files: Files; version: string }>([
    {
      name: 'the tag of the run',
      ci: onTag,
      files: { 'package.json': '{"version":"1.3.0"}' },
      version: '1.4.0',
    },
    {
      name: 'package.json',
      ci: onBranch,
      files: { 'package.json': '{"version":"1.3.0"}' },
      version: '1.3.0',
    },
    {
      name: 'the commit, without a version in package.json',
      ci: onBranch,
      files: { 'package.json': '{}' },
      version: '6113728f27ae',
    },
    { name: 'the commit', ci: onBranch, files: {}, version: '6113728f27ae' },
  ])('comes from $name with auto', async ({ ci, files, version }) => {
    expect((await resolve('auto', ci, files)).version).toBe(version);
  });

  test('is the highest of the tags at the commit with git-tag', async () => {
    const runtime = fakeRuntime({ exec });
    const git = (...args: readonly string[]) =>
      execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@acme.test', ...args], {
        cwd: runtime.workspace,
      });
    git('init', '-q', '-b', 'main');
    git('commit', '-q', '--allow-empty', '-m', 'one');
    git('tag', 'v9.0.0');
    git('commit', '-q', '--allow-empty', '-m', 'two');
    for (const tag of ['nightly', 'v1.9.0', 'v1.10.0', 'v1.10.1-rc.1']) git('tag', tag);
    git('config', 'tag.sort', 'refname');
    git('tag', '-a', 'v1.10.1', '-m', 'annotated');
    expect(await resolveVersion('git-tag', onBranch, runtime)).toEqual({
      version: '1.10.1',
      origin: 'the git tag v1.10.1',
    });
  });

  test('comes from the tag of the published image if several packages have tags, and is rejected for several images', async () => {
    const tags: Exec = () =>
      Promise.resolve({ exitCode: 0, stdout: 'backend/v1.4.0\nweb/v2.0.0\n', stderr: '' });
    const of = (...images: readonly string[]) =>
      resolveVersion('git-tag', onBranch, fakeRuntime({ exec: tags }), images);
    expect((await of('web')).version).toBe('2.0.0');
    await expect(of('backend', 'web')).rejects.toMatchObject({
      code: 'version-unknown',
      message: expect.stringContaining('backend/v1.4.0, web/v2.0.0') as unknown,
    });
  });

  test.each<{ given: string; files: Files }>([
    { given: '1.4.0 beta', files: {} },
    { given: 'package.json', files: { 'package.json': '{"version":"1.4.0 beta"}' } },
  ])('is rejected if it is invalid: $given', async ({ given, files }) => {
    await expect(resolve(given, onBranch, files)).rejects.toMatchObject({ code: 'input-invalid' });
  });

  test('is shortened in the error for an invalid input', () => {
    expect(versionProblems('1.4.0')).toEqual([]);
    const [problem] = versionProblems('x'.repeat(140));
    expect(problem?.message).toBe(
      `"${'x'.repeat(60)}…" from the input version cannot be a version: it has 140 characters, and 100 is the limit.`,
    );
  });

  test('causes one notice with its tag if it is not a valid tag', () => {
    const { log, annotations } = fakeRuntime();
    announceVersion('1.4.0', log);
    announceVersion('1.4.0+b7', log);
    expect(annotations).toEqual([
      {
        level: 'notice',
        message: expect.stringMatching(
          /^Version 1\.4\.0\+b7 is written 1\.4\.0-b7-[0-9a-f]{12} in tags/,
        ) as unknown,
      },
    ]);
  });

  test('is predicted if the run or package.json contains it, and is otherwise undefined', async () => {
    const nothing: CiFacts = { fromFork: false, facts: {} };
    expect((await foreseeVersion(onTag, fakeRuntime()))?.version).toBe('1.4.0');
    expect(await foreseeVersion(nothing, fakeRuntime())).toBeUndefined();
    expect(await foreseeVersion(nothing, fakeRuntime({ files: { 'package.json': '{' } }))).toBeUndefined();
  });

  const noTags: Exec = () => Promise.resolve({ exitCode: 0, stdout: '', stderr: '' });

  test.each<{ given: string; files: Files; hint: string }>([
    {
      given: 'git-tag',
      files: {},
      hint: 'Set the input version to a version, or to auto, package.json or short-sha.',
    },
    {
      given: 'git-tag',
      files: { '.git/shallow': sha },
      hint: 'The clone is shallow and has no tags. Set fetch-depth: 0 for actions/checkout.',
    },
    {
      given: 'package.json',
      files: {},
      hint: 'Set the input version to a version, or to auto, git-tag or short-sha.',
    },
    {
      given: 'package.json',
      files: { 'package.json': '{' },
      hint: 'Fix package.json, or set the input version.',
    },
    {
      given: 'short-sha',
      files: {},
      hint: 'Set the input version to a version, or to auto, git-tag or package.json.',
    },
    { given: 'auto', files: {}, hint: 'Set the input version to a version.' },
  ])('is reported as unknown, with a hint: $given, $hint', async ({ given, files, hint }) => {
    const nothing: CiFacts = { fromFork: false, facts: {} };
    await expect(resolveVersion(given, nothing, fakeRuntime({ exec: noTags, files }))).rejects.toMatchObject({
      code: 'version-unknown',
      hint,
    });
  });
});
