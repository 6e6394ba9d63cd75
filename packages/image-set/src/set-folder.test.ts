import { describe, expect, test } from '@jest/globals';
import { temporaryFolder, writeFiles } from '@towpath/testing/folder';
import { existsSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { writeImageSet } from './files.ts';
import { clearSetFolder, requireSetFolder, moveToSetFolder } from './set-folder.ts';

/** Creates a folder with an image set, as `build` does. */
async function imageSet(): Promise<string> {
  const folder = join(temporaryFolder(), 'towpath');
  await writeImageSet(folder, { schemaVersion: 1, source: {}, images: [] });
  writeFiles(folder, { 'oci-layout': '{}', 'index.json': '{}', 'blobs/sha256/0123': 'content' });
  return folder;
}

describe('requireSetFolder and clearSetFolder', () => {
  test('accept and remove an older image set', async () => {
    const folder = await imageSet();
    await requireSetFolder(folder);
    await clearSetFolder(folder);
    expect(existsSync(folder)).toBe(false);
  });

  test('accept a missing folder and an empty one', async () => {
    const folder = temporaryFolder();
    for (const path of [folder, join(folder, 'new')]) {
      await requireSetFolder(path);
      await clearSetFolder(path);
      expect(existsSync(path)).toBe(false);
    }
  });

  test.each<{ name: string; files: Readonly<Record<string, string>>; says: RegExp }>([
    { name: 'a repository', files: { '.git/HEAD': 'ref', Dockerfile: '' }, says: /it contains \.git/ },
    {
      name: 'the layout of another tool',
      files: { 'oci-layout': '{}', 'index.json': '{}', 'blobs/sha256/01': '' },
      says: /no image set in/,
    },
    {
      name: 'an images.json of another format',
      files: { 'images.json': '["cat.png"]' },
      says: /not a valid image set/,
    },
  ])('reject $name and remove nothing', async ({ files, says }) => {
    const folder = temporaryFolder();
    writeFiles(folder, files);
    const refusal = { code: 'input-invalid', message: expect.stringMatching(says) as unknown };
    await expect(requireSetFolder(folder)).rejects.toMatchObject(refusal);
    await expect(clearSetFolder(folder)).rejects.toMatchObject(refusal);
    for (const path of Object.keys(files)) expect(existsSync(join(folder, path))).toBe(true);
  });

  test('reject a folder with an image set and another file', async () => {
    const folder = await imageSet();
    writeFiles(folder, { 'notes.md': 'mine' });
    await expect(clearSetFolder(folder)).rejects.toMatchObject({ code: 'input-invalid' });
    expect(readdirSync(folder).sort()).toEqual([
      'blobs',
      'images.json',
      'index.json',
      'notes.md',
      'oci-layout',
    ]);
  });

  test('reject a file', async () => {
    const folder = temporaryFolder();
    writeFiles(folder, { towpath: '' });
    await expect(requireSetFolder(join(folder, 'towpath'))).rejects.toMatchObject({ code: 'input-invalid' });
  });

  test('accept a link and remove only the link', async () => {
    const folder = await imageSet();
    const link = join(temporaryFolder(), 'link');
    symlinkSync(folder, link);
    await clearSetFolder(link);
    expect(existsSync(link)).toBe(false);
    expect(readdirSync(folder)).toContain('images.json');
  });
});

describe('a folder below the workspace', () => {
  /** Creates a workspace with links to an image set outside and to .git. */
  async function makeWorkspace(): Promise<{ workspace: string; outside: string }> {
    const outside = await imageSet();
    const workspace = temporaryFolder();
    symlinkSync(join(outside, '..'), join(workspace, 'out'));
    mkdirSync(join(workspace, '.git'));
    symlinkSync('.git', join(workspace, 'alias'));
    return { workspace, outside };
  }

  test.each(['out/towpath', 'out/new', '.git', '.git/towpath', 'alias/towpath', 'sub/.GIT/towpath'])(
    'is rejected if it is outside or in .git: %s',
    async (path) => {
      const { workspace, outside } = await makeWorkspace();
      const folder = join(workspace, path);
      const refusal = { code: 'input-invalid' };
      await expect(requireSetFolder(folder, [workspace])).rejects.toMatchObject(refusal);
      await expect(clearSetFolder(folder, [workspace])).rejects.toMatchObject(refusal);
      await expect(moveToSetFolder(temporaryFolder(), folder, [workspace])).rejects.toMatchObject(refusal);
      expect(readdirSync(join(outside, '..'))).toEqual(['towpath']);
      expect(readdirSync(outside)).toContain('images.json');
      expect(readdirSync(join(workspace, '.git'))).toEqual([]);
    },
  );

  test('can replace a link to an older image set', async () => {
    const { workspace, outside } = await makeWorkspace();
    const folder = join(workspace, 'deep/towpath');
    mkdirSync(join(workspace, 'deep'));
    symlinkSync(outside, folder);
    await clearSetFolder(folder, [workspace]);
    await moveToSetFolder(await imageSet(), folder, [workspace]);
    expect(readdirSync(folder)).toContain('images.json');
    expect(readdirSync(outside)).toContain('images.json');
    expect(readdirSync(join(workspace, 'deep'))).toEqual(['towpath']);
  });

  test('can be outside of all roots, but not in .git', async () => {
    const folder = join(temporaryFolder(), 'new/towpath');
    await moveToSetFolder(await imageSet(), folder, [temporaryFolder()]);
    expect(readdirSync(folder)).toContain('images.json');
    await expect(
      requireSetFolder(join(folder, '../.git/towpath'), [temporaryFolder()]),
    ).rejects.toMatchObject({
      code: 'input-invalid',
    });
  });
});
