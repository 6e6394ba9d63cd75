import { describe, expect, test } from '@jest/globals';
import { temporaryFolder, writeFiles } from '@towpath/testing/folder';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { insideWorkspace } from './paths.ts';

/** A workspace next to a folder that does not belong to it. */
function makeWorkspace(): { root: string; workspace: string } {
  const root = temporaryFolder();
  writeFiles(root, {
    'repo/web/Dockerfile': '',
    'repo/..hidden': '',
    'repository/secret': '',
    'outside/secret': '',
  });
  const workspace = join(root, 'repo');
  symlinkSync(join(root, 'outside'), join(workspace, 'out'));
  symlinkSync('web', join(workspace, 'alias'));
  symlinkSync('../outside/secret', join(workspace, 'file'));
  symlinkSync('loop', join(workspace, 'loop'));
  return { root, workspace };
}

describe('a path inside the workspace', () => {
  test.each([
    '.',
    '',
    'web',
    './web/Dockerfile',
    'web/../web',
    'alias/Dockerfile',
    '..hidden',
    'not/yet',
    'loop',
  ])('may be %j', (path) => {
    const { workspace } = makeWorkspace();
    expect(insideWorkspace(workspace, path)).toBe(join(workspace, path));
  });

  test('may be absolute', () => {
    const { workspace } = makeWorkspace();
    const path = join(workspace, 'web');
    expect(insideWorkspace(workspace, path)).toBe(path);
  });

  test('may be in a workspace behind a link', () => {
    const { root } = makeWorkspace();
    symlinkSync('repo', join(root, 'link'));
    const workspace = join(root, 'link');
    expect(insideWorkspace(workspace, 'web')).toBe(join(workspace, 'web'));
    expect(insideWorkspace(workspace, 'new/file')).toBe(join(workspace, 'new/file'));
  });
});

describe('a path that leads out of the workspace', () => {
  test.each([
    '..',
    '../outside',
    'web/../../outside',
    '../repository',
    '/etc/passwd',
    'out',
    'out/secret',
    'file',
  ])('is rejected: %j', (path) => {
    const { workspace } = makeWorkspace();
    expect(() => insideWorkspace(workspace, path)).toThrow(
      expect.objectContaining({
        code: 'config-invalid',
        message: `${path} leads out of the repository.`,
      }),
    );
  });

  test('is rejected behind a link even if the target does not exist', () => {
    const { workspace } = makeWorkspace();
    expect(() => insideWorkspace(workspace, 'out/new/file')).toThrow(
      expect.objectContaining({
        code: 'config-invalid',
      }),
    );
    mkdirSync(join(workspace, 'new'));
    expect(() => insideWorkspace(workspace, 'new/../../new')).toThrow(
      expect.objectContaining({
        code: 'config-invalid',
      }),
    );
  });
});
