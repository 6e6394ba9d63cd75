import { describe, expect, test } from '@jest/globals';
import { temporaryFolder, writeFiles } from '@towpath/testing/folder';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join, relative } from 'node:path';
import { contextEntries, excludedBy, isSent } from './context-entries.ts';

/** Creates a build context and returns the path of a Dockerfile named web.Dockerfile. */
function context(files: Readonly<Record<string, string>>): { folder: string; dockerfile: string } {
  const folder = temporaryFolder();
  writeFiles(folder, files);
  return { folder, dockerfile: join(folder, 'web.Dockerfile') };
}

async function paths({ folder, dockerfile }: { folder: string; dockerfile: string }): Promise<string[]> {
  return (await contextEntries(folder, dockerfile)).map(({ path }) => path);
}

test('returns every file, folder and link, sorted by name in any alphabet', async () => {
  const { folder, dockerfile } = context({ 'b/größe': '', 'a.b': '', 'a/z': '', Z: '', 'a/日本': '' });
  mkdirSync(join(folder, 'empty'));
  symlinkSync('nowhere', join(folder, 'link'));
  expect(await contextEntries(folder, dockerfile)).toEqual([
    { path: 'Z', kind: 'file' },
    { path: 'a', kind: 'folder' },
    { path: 'a/z', kind: 'file' },
    { path: 'a/日本', kind: 'file' },
    { path: 'a.b', kind: 'file' },
    { path: 'b', kind: 'folder' },
    { path: 'b/größe', kind: 'file' },
    { path: 'empty', kind: 'folder' },
    { path: 'link', kind: 'link' },
  ]);
});

test('returns a link to a folder as one entry and does not follow it', async () => {
  const { folder, dockerfile } = context({ 'a/b': '' });
  symlinkSync('.', join(folder, 'loop'));
  expect(await paths({ folder, dockerfile })).toEqual(['a', 'a/b', 'loop']);
});

describe('.dockerignore', () => {
  test('excludes files and folders, but not itself', async () => {
    const files = {
      '.dockerignore': 'node_modules\n**/*.log',
      'node_modules/x': '',
      'a/x.log': '',
      'a/x': '',
    };
    expect(await paths(context(files))).toEqual(['.dockerignore', 'a', 'a/x']);
  });

  test('includes an exception with its parent folders, and nothing else in them', async () => {
    const files = { '.dockerignore': '*\n!a/b/keep', 'a/b/keep': '', 'a/b/drop': '', 'a/c': '', d: '' };
    expect(await paths(context(files))).toEqual(['a', 'a/b', 'a/b/keep']);
  });

  test('is ignored if it is a link out of the context, to a device or to itself', async () => {
    for (const target of ['../patterns', '/dev/zero', '.dockerignore']) {
      const { folder, dockerfile } = context({ a: '' });
      symlinkSync(target, join(folder, '.dockerignore'));
      expect(await paths({ folder, dockerfile })).toEqual(['.dockerignore', 'a']);
    }
  });

  test('is ignored if the Dockerfile has its own ignore file', async () => {
    const files = { '.dockerignore': 'a', 'web.Dockerfile.dockerignore': 'b', a: '', b: '' };
    expect(await paths(context(files))).toEqual(['.dockerignore', 'a', 'web.Dockerfile.dockerignore']);
  });

  test('is read next to a Dockerfile outside of the context', async () => {
    const { folder } = context({ 'web/a': '', 'web/b': '', 'docker/Dockerfile.dockerignore': 'b' });
    const dockerfile = join(folder, 'docker/Dockerfile');
    expect(await paths({ folder: join(folder, 'web'), dockerfile })).toEqual(['a']);
  });

  test('with an invalid pattern is rejected, with its line', async () => {
    await expect(paths(context({ '.dockerignore': 'a\n[b' }))).rejects.toMatchObject({
      code: 'config-invalid',
      problems: [expect.objectContaining({ position: { file: '.dockerignore', line: 2 } })],
    });
  });
});

test.each([
  { name: 'does not exist', path: 'nowhere' },
  { name: 'is a file', path: 'file' },
])('reports a missing context if the path $name', async ({ path }) => {
  const { folder, dockerfile } = context({ file: '' });
  await expect(contextEntries(join(folder, path), dockerfile)).rejects.toMatchObject({
    code: 'context-missing',
    hint: expect.stringContaining('Check out the repository') as unknown,
  });
});

test.each([
  { file: 'out/images.json', ignored: '', expected: true },
  { file: 'out/images.json', ignored: 'out', expected: false },
  { file: 'out/images.json', ignored: '*\n!out', expected: true },
  { file: 'out/images.json', ignored: 'out/*\n!out/images.json', expected: true },
  { file: '../out/images.json', ignored: '', expected: false },
  { file: '..out', ignored: '', expected: true },
])(
  'decides whether $file is sent, with the ignore file $ignored: $expected',
  async ({ file, ignored, expected }) => {
    const { folder, dockerfile } = context({ '.dockerignore': ignored });
    expect(await isSent(folder, join(folder, file), dockerfile)).toBe(expected);
  },
);

describe('what excludes a path of a context', () => {
  test.each([
    { path: 'dist', ignore: '# built\nnode_modules\ndist\n', expected: '.dockerignore:3 dist' },
    { path: 'dist/a.js', ignore: 'dist\n', expected: '.dockerignore:1 dist' },
    { path: 'dist/a.js', ignore: '**\n!dist\n*/*.js\n', expected: '.dockerignore:3 */*.js' },
    { path: 'dist/a.js', ignore: '*\n!dist/a.js\n', expected: undefined },
    { path: 'dist/b.js', ignore: '*\n!dist/a.js\n', expected: '.dockerignore:1 *' },
    { path: 'missing', ignore: 'dist\n', expected: undefined },
  ])('is $expected for $path', async ({ path, ignore, expected }) => {
    const { folder, dockerfile } = context({ '.dockerignore': ignore, 'dist/a.js': '' });
    const found = await excludedBy(folder, path, dockerfile);
    expect(found && `${relative(folder, found.file)}:${found.line} ${found.pattern}`).toBe(expected);
  });

  test('is in the ignore file of the Dockerfile if there is one', async () => {
    const { folder, dockerfile } = context({ '.dockerignore': '', 'web.Dockerfile.dockerignore': '*\n' });
    expect(await excludedBy(folder, 'a', dockerfile)).toEqual({
      file: `${dockerfile}.dockerignore`,
      line: 1,
      pattern: '*',
    });
  });
});
