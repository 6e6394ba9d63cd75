import { describe, expect, test } from '@jest/globals';
import { temporaryFolder, writeFiles } from '@towpath/testing';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { useFolder } from './folder.ts';
import { demandWritable, removeFileInside, writeFileInside } from './write.ts';

/** A workspace beside a folder that belongs to somebody else. */
function makeWorkspace(): { workspace: string; outside: string } {
  const root = temporaryFolder();
  writeFiles(root, {
    'repo/deploy/old.json': 'old',
    'repo/.git/hooks/sample': '',
    'repo/module/.git/config': '',
    'outside/file': 'theirs',
    'outside/folder/file': 'theirs',
  });
  return { workspace: join(root, 'repo'), outside: join(root, 'outside') };
}

describe('a file of the workspace', () => {
  test('is written, with the folders it is in', async () => {
    const { workspace } = makeWorkspace();
    await writeFileInside(workspace, 'a/b/new.json', 'new');
    expect(readFileSync(join(workspace, 'a/b/new.json'), 'utf8')).toBe('new');
    expect(readdirSync(join(workspace, 'a/b'))).toEqual(['new.json']);
  });

  test('replaces an older one, and leaves the bytes of a hard link elsewhere', async () => {
    const { workspace, outside } = makeWorkspace();
    linkSync(join(outside, 'file'), join(workspace, 'deploy/linked.json'));
    await writeFileInside(workspace, join(workspace, 'deploy/linked.json'), 'new');
    expect(readFileSync(join(workspace, 'deploy/linked.json'), 'utf8')).toBe('new');
    expect(readFileSync(join(outside, 'file'), 'utf8')).toBe('theirs');
  });

  test('is written through a link that stays in the workspace, also if the workspace is behind a link', async () => {
    const { workspace } = makeWorkspace();
    symlinkSync('deploy', join(workspace, 'alias'));
    symlinkSync('repo', `${workspace}-link`);
    await writeFileInside(`${workspace}-link`, 'alias/new.json', 'new');
    await writeFileInside(`${workspace}-link`, join(workspace, 'deploy/other.json'), 'new');
    expect(readdirSync(join(workspace, 'deploy'))).toEqual(['new.json', 'old.json', 'other.json']);
  });

  test('is written in a folder that may be entered but not listed', async () => {
    const { workspace } = makeWorkspace();
    chmodSync(join(workspace, 'deploy'), 0o300);
    await writeFileInside(workspace, 'deploy/new.json', 'new');
    chmodSync(join(workspace, 'deploy'), 0o700);
    expect(existsSync(join(workspace, 'deploy/new.json'))).toBe(true);
  });

  test('has the mode that is asked for', async () => {
    const { workspace } = makeWorkspace();
    await writeFileInside(workspace, 'secret', 'new', { mode: 0o600 });
    expect(statSync(join(workspace, 'secret')).mode & 0o777).toBe(0o600);
  });
});

describe('a file is neither written nor removed', () => {
  interface Case {
    readonly name: string;
    readonly path: string;
    readonly prepare?: (workspace: string, outside: string) => void;
    readonly says: RegExp;
  }
  const link = (target: string, path: string) => (workspace: string) => {
    symlinkSync(target, join(workspace, path));
  };
  const cases: readonly Case[] = [
    {
      name: 'if it is a link to a file outside',
      path: 'deploy/x',
      prepare: link('../../outside/file', 'deploy/x'),
      says: /deploy\/x is a symbolic link/,
    },
    {
      name: 'if it is a link to a file inside',
      path: 'deploy/x',
      prepare: link('old.json', 'deploy/x'),
      says: /symbolic link/,
    },
    {
      name: 'if it is a link to nothing yet',
      path: 'deploy/x',
      prepare: link('../../outside/new', 'deploy/x'),
      says: /symbolic link/,
    },
    {
      name: 'if it is a folder',
      path: 'deploy/x',
      prepare: (workspace) => {
        mkdirSync(join(workspace, 'deploy/x'));
      },
      says: /is a folder/,
    },
    {
      name: 'if it is a pipe',
      path: 'deploy/x',
      prepare: (workspace) => {
        execFileSync('mkfifo', [join(workspace, 'deploy/x')]);
      },
      says: /a pipe/,
    },
    {
      name: 'in a folder that is a link to outside',
      path: 'out/file',
      prepare: link('../outside', 'out'),
      says: /out leads out of .*repo, by a symbolic link/,
    },
    {
      name: 'below a folder that is a link to outside',
      path: 'out/folder/file',
      prepare: link('../outside', 'out'),
      says: /leads out of .*repo, by a symbolic link/,
    },
    {
      name: 'in a folder that is a link to nothing yet',
      path: 'out/file',
      prepare: link('../new', 'out'),
      says: /out is not a folder/,
    },
    {
      name: 'in a folder that is a link to itself',
      path: 'out/file',
      prepare: link('out', 'out'),
      says: /out is not a folder/,
    },
    { name: 'in a folder that is a file', path: 'deploy/old.json/file', says: /old\.json is not a folder/ },
    { name: 'above the workspace', path: '../outside/file', says: /leads out/ },
    { name: 'at an absolute path elsewhere', path: '/etc/towpath', says: /leads out/ },
    { name: 'in .git', path: '.git/hooks/post-checkout', says: /belongs to git/ },
    { name: 'in the .git of a module', path: 'module/.git/config', says: /belongs to git/ },
    { name: 'in .GIT', path: '.GIT/hooks/x', says: /belongs to git/ },
    { name: 'in .git as Windows spells it', path: 'GIT~1/hooks/x', says: /belongs to git/ },
    { name: 'in .git with a dot that Windows drops', path: '.git. /hooks/x', says: /belongs to git/ },
    { name: 'in .git as macOS spells it', path: '.g\u200cit/hooks/x', says: /belongs to git/ },
    { name: 'as .git itself', path: 'new/.git', says: /belongs to git/ },
    {
      name: 'in a link to .git',
      path: 'hooks/sample',
      prepare: link('.git/hooks', 'hooks'),
      says: /belongs to git/,
    },
  ];
  test.each(cases)('$name', async ({ path, prepare, says }) => {
    const { workspace, outside } = makeWorkspace();
    prepare?.(workspace, outside);
    const refusal = { code: 'config-invalid', message: expect.stringMatching(says) as unknown };
    await expect(writeFileInside(workspace, path, 'ours', { code: 'config-invalid' })).rejects.toMatchObject(
      refusal,
    );
    await expect(removeFileInside(workspace, path, { code: 'config-invalid' })).rejects.toMatchObject(
      refusal,
    );
    expect(readdirSync(outside)).toEqual(['file', 'folder']);
    expect(readFileSync(join(outside, 'file'), 'utf8')).toBe('theirs');
    expect(readFileSync(join(outside, 'folder/file'), 'utf8')).toBe('theirs');
    expect(readdirSync(join(workspace, '.git/hooks'))).toEqual(['sample']);
    expect(readdirSync(join(workspace, 'deploy')).filter((name) => name !== 'x')).toEqual(['old.json']);
  });

  test('and a check beforehand says so', async () => {
    const { workspace } = makeWorkspace();
    symlinkSync('../../outside/file', join(workspace, 'deploy/x'));
    await demandWritable(workspace, 'deploy', ['old.json', 'new.json']);
    await demandWritable(workspace, 'not/yet', ['x']);
    await expect(demandWritable(workspace, 'deploy', ['old.json', 'x'])).rejects.toMatchObject({
      code: 'input-invalid',
      hint: expect.stringContaining('Remove x') as unknown,
    });
  });
});

test('a folder that is swapped for a link while it is open keeps what is written', async () => {
  const { workspace, outside } = makeWorkspace();
  await useFolder(workspace, 'deploy', {}, async (folder) => {
    renameSync(join(workspace, 'deploy'), join(workspace, 'moved'));
    symlinkSync(outside, join(workspace, 'deploy'));
    await writeFile(folder?.at('new.json') ?? '', 'new');
  });
  expect(readdirSync(outside)).toEqual(['file', 'folder']);
  expect(readdirSync(join(workspace, 'moved'))).toContain('new.json');
});

test('removes a file, and nothing where there is none', async () => {
  const { workspace } = makeWorkspace();
  await removeFileInside(workspace, 'deploy/old.json');
  await removeFileInside(workspace, 'deploy/old.json');
  await removeFileInside(workspace, 'not/yet/old.json');
  expect(readdirSync(workspace)).toEqual(['.git', 'deploy', 'module']);
  expect(readdirSync(join(workspace, 'deploy'))).toEqual([]);
});
