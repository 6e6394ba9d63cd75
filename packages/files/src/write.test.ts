import { describe, expect, test } from '@jest/globals';
import { temporaryFolder, writeFiles } from '@towpath/testing/folder';
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
import { requireWritable, removeFileInside, writeFileInside } from './write.ts';

/** Creates a workspace and a folder outside of it. */
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

describe('writeFileInside', () => {
  test('writes a file and creates its parent folders', async () => {
    const { workspace } = makeWorkspace();
    await writeFileInside(workspace, 'a/b/new.json', 'new');
    expect(readFileSync(join(workspace, 'a/b/new.json'), 'utf8')).toBe('new');
    expect(readdirSync(join(workspace, 'a/b'))).toEqual(['new.json']);
  });

  test('replaces an existing file without changing its other hard links', async () => {
    const { workspace, outside } = makeWorkspace();
    linkSync(join(outside, 'file'), join(workspace, 'deploy/linked.json'));
    await writeFileInside(workspace, join(workspace, 'deploy/linked.json'), 'new');
    expect(readFileSync(join(workspace, 'deploy/linked.json'), 'utf8')).toBe('new');
    expect(readFileSync(join(outside, 'file'), 'utf8')).toBe('theirs');
  });

  test('follows links inside the workspace and a link to the workspace', async () => {
    const { workspace } = makeWorkspace();
    symlinkSync('deploy', join(workspace, 'alias'));
    symlinkSync('repo', `${workspace}-link`);
    await writeFileInside(`${workspace}-link`, 'alias/new.json', 'new');
    await writeFileInside(`${workspace}-link`, join(workspace, 'deploy/other.json'), 'new');
    expect(readdirSync(join(workspace, 'deploy'))).toEqual(['new.json', 'old.json', 'other.json']);
  });

  test('writes to a folder that cannot be listed', async () => {
    const { workspace } = makeWorkspace();
    chmodSync(join(workspace, 'deploy'), 0o300);
    await writeFileInside(workspace, 'deploy/new.json', 'new');
    chmodSync(join(workspace, 'deploy'), 0o700);
    expect(existsSync(join(workspace, 'deploy/new.json'))).toBe(true);
  });

  test('sets the given mode', async () => {
    const { workspace } = makeWorkspace();
    await writeFileInside(workspace, 'secret', 'new', { mode: 0o600 });
    expect(statSync(join(workspace, 'secret')).mode & 0o777).toBe(0o600);
  });
});

describe('neither writes nor removes a file', () => {
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
      name: 'if it is a link to a missing file',
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
      name: 'in a link to a folder outside',
      path: 'out/file',
      prepare: link('../outside', 'out'),
      says: /out\/file is outside of .*repo, because of a symbolic link/,
    },
    {
      name: 'below a link to a folder outside',
      path: 'out/folder/file',
      prepare: link('../outside', 'out'),
      says: /is outside of .*repo, because of a symbolic link/,
    },
    {
      name: 'in a link to a missing folder',
      path: 'out/file',
      prepare: link('../new', 'out'),
      says: /out is not a folder/,
    },
    {
      name: 'in a link to itself',
      path: 'out/file',
      prepare: link('out', 'out'),
      says: /out is not a folder/,
    },
    { name: 'below a file', path: 'deploy/old.json/file', says: /old\.json is not a folder/ },
    { name: 'above the workspace', path: '../outside/file', says: /is outside of/ },
    { name: 'at an absolute path outside', path: '/etc/towpath', says: /is outside of/ },
    { name: 'in .git', path: '.git/hooks/post-checkout', says: /belongs to git/ },
    { name: 'in the .git of a submodule', path: 'module/.git/config', says: /belongs to git/ },
    { name: 'in .GIT', path: '.GIT/hooks/x', says: /belongs to git/ },
    { name: 'in the short name of .git on Windows', path: 'GIT~1/hooks/x', says: /belongs to git/ },
    {
      name: 'in .git with a dot and a space, which Windows ignores',
      path: '.git. /hooks/x',
      says: /belongs to git/,
    },
    {
      name: 'in .git with a character that macOS ignores',
      path: '.g\u200cit/hooks/x',
      says: /belongs to git/,
    },
    { name: 'named .git', path: 'new/.git', says: /belongs to git/ },
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

  test('and requireWritable reports that in advance', async () => {
    const { workspace } = makeWorkspace();
    symlinkSync('../../outside/file', join(workspace, 'deploy/x'));
    await requireWritable(workspace, 'deploy', ['old.json', 'new.json']);
    await requireWritable(workspace, 'not/yet', ['x']);
    await expect(requireWritable(workspace, 'deploy', ['old.json', 'x'])).rejects.toMatchObject({
      code: 'input-invalid',
      hint: expect.stringContaining('Remove x') as unknown,
    });
  });
});

describe('a root that does not exist', () => {
  test('is created to write a file', async () => {
    const root = join(temporaryFolder(), 'not/yet');
    await writeFileInside(root, 'a.json', 'new');
    expect(readFileSync(join(root, 'a.json'), 'utf8')).toBe('new');
  });

  test('is not created to remove a file', async () => {
    const root = join(temporaryFolder(), 'not/yet');
    await removeFileInside(root, 'a.json');
    expect(existsSync(root)).toBe(false);
  });

  test('is still not left', async () => {
    const root = join(temporaryFolder(), 'not/yet');
    await expect(removeFileInside(root, '../a.json')).rejects.toMatchObject({ code: 'input-invalid' });
  });
});

test('writes to the open folder if it is replaced by a link meanwhile', async () => {
  const { workspace, outside } = makeWorkspace();
  await useFolder(workspace, 'deploy', {}, async (folder) => {
    renameSync(join(workspace, 'deploy'), join(workspace, 'moved'));
    symlinkSync(outside, join(workspace, 'deploy'));
    await writeFile(folder?.at('new.json') ?? '', 'new');
  });
  expect(readdirSync(outside)).toEqual(['file', 'folder']);
  expect(readdirSync(join(workspace, 'moved'))).toContain('new.json');
});

test('removes a file, and succeeds if it is missing', async () => {
  const { workspace } = makeWorkspace();
  await removeFileInside(workspace, 'deploy/old.json');
  await removeFileInside(workspace, 'deploy/old.json');
  await removeFileInside(workspace, 'not/yet/old.json');
  expect(readdirSync(workspace)).toEqual(['.git', 'deploy', 'module']);
  expect(readdirSync(join(workspace, 'deploy'))).toEqual([]);
});
