import { describe, expect, test } from '@jest/globals';
import { temporaryFolder, writeFiles } from '@towpath/testing';
import { existsSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { writeImageSet } from './files.ts';
import { clearPlace, demandPlace, fillPlace } from './set-folder.ts';

/** A folder with an image set, as build leaves it. */
async function imageSet(): Promise<string> {
  const folder = join(temporaryFolder(), 'towpath');
  await writeImageSet(folder, { schemaVersion: 1, source: {}, images: [] });
  writeFiles(folder, { 'oci-layout': '{}', 'index.json': '{}', 'blobs/sha256/0123': 'content' });
  return folder;
}

describe('the place of an image set', () => {
  test('is cleared of an older one', async () => {
    const folder = await imageSet();
    await demandPlace(folder);
    await clearPlace(folder);
    expect(existsSync(folder)).toBe(false);
  });

  test('can be a folder that does not exist, or is empty', async () => {
    const folder = temporaryFolder();
    for (const place of [folder, join(folder, 'new')]) {
      await demandPlace(place);
      await clearPlace(place);
      expect(existsSync(place)).toBe(false);
    }
  });

  test.each<{ name: string; files: Readonly<Record<string, string>>; says: RegExp }>([
    { name: 'a repository', files: { '.git/HEAD': 'ref', Dockerfile: '' }, says: /it holds \.git/ },
    {
      name: 'the layout of another tool',
      files: { 'oci-layout': '{}', 'index.json': '{}', 'blobs/sha256/01': '' },
      says: /no image set in/,
    },
    { name: 'an images.json of another kind', files: { 'images.json': '["cat.png"]' }, says: /no image set/ },
  ])('is not $name, of which nothing is removed', async ({ files, says }) => {
    const folder = temporaryFolder();
    writeFiles(folder, files);
    const refusal = { code: 'input-invalid', message: expect.stringMatching(says) as unknown };
    await expect(demandPlace(folder)).rejects.toMatchObject(refusal);
    await expect(clearPlace(folder)).rejects.toMatchObject(refusal);
    for (const path of Object.keys(files)) expect(existsSync(join(folder, path))).toBe(true);
  });

  test('is not a folder with an image set and something else', async () => {
    const folder = await imageSet();
    writeFiles(folder, { 'notes.md': 'mine' });
    await expect(clearPlace(folder)).rejects.toMatchObject({ code: 'input-invalid' });
    expect(readdirSync(folder).sort()).toEqual([
      'blobs',
      'images.json',
      'index.json',
      'notes.md',
      'oci-layout',
    ]);
  });

  test('is not a file', async () => {
    const folder = temporaryFolder();
    writeFiles(folder, { towpath: '' });
    await expect(demandPlace(join(folder, 'towpath'))).rejects.toMatchObject({ code: 'input-invalid' });
  });

  test('can be a link: what it leads to stays', async () => {
    const folder = await imageSet();
    const link = join(temporaryFolder(), 'link');
    symlinkSync(folder, link);
    await clearPlace(link);
    expect(existsSync(link)).toBe(false);
    expect(readdirSync(folder)).toContain('images.json');
  });
});

describe('a place below the workspace', () => {
  /** A workspace beside an older image set, which belongs to somebody else. */
  async function makeWorkspace(): Promise<{ workspace: string; outside: string }> {
    const outside = await imageSet();
    const workspace = temporaryFolder();
    symlinkSync(join(outside, '..'), join(workspace, 'out'));
    mkdirSync(join(workspace, '.git'));
    symlinkSync('.git', join(workspace, 'alias'));
    return { workspace, outside };
  }

  test.each(['out/towpath', 'out/new', '.git', '.git/towpath', 'alias/towpath', 'sub/.GIT/towpath'])(
    'is neither cleared nor filled if it leads out or into .git: %s',
    async (path) => {
      const { workspace, outside } = await makeWorkspace();
      const place = join(workspace, path);
      const refusal = { code: 'input-invalid' };
      await expect(demandPlace(place, [workspace])).rejects.toMatchObject(refusal);
      await expect(clearPlace(place, [workspace])).rejects.toMatchObject(refusal);
      await expect(fillPlace(temporaryFolder(), place, [workspace])).rejects.toMatchObject(refusal);
      expect(readdirSync(join(outside, '..'))).toEqual(['towpath']);
      expect(readdirSync(outside)).toContain('images.json');
      expect(readdirSync(join(workspace, '.git'))).toEqual([]);
    },
  );

  test('is filled, also where a link to an older set was', async () => {
    const { workspace, outside } = await makeWorkspace();
    const place = join(workspace, 'deep/towpath');
    mkdirSync(join(workspace, 'deep'));
    symlinkSync(outside, place);
    await clearPlace(place, [workspace]);
    await fillPlace(await imageSet(), place, [workspace]);
    expect(readdirSync(place)).toContain('images.json');
    expect(readdirSync(outside)).toContain('images.json');
    expect(readdirSync(join(workspace, 'deep'))).toEqual(['towpath']);
  });

  test('can be elsewhere, as the workflow says, but not in .git', async () => {
    const place = join(temporaryFolder(), 'new/towpath');
    await fillPlace(await imageSet(), place, [temporaryFolder()]);
    expect(readdirSync(place)).toContain('images.json');
    await expect(demandPlace(join(place, '../.git/towpath'), [temporaryFolder()])).rejects.toMatchObject({
      code: 'input-invalid',
    });
  });
});
