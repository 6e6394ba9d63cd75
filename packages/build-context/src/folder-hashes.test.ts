import { expect, jest, test } from '@jest/globals';
import { temporaryFolder, writeFiles } from '@towpath/testing/folder';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FolderHashes } from './folder-hashes.ts';

test('reads a folder once for several images', async () => {
  const folder = temporaryFolder();
  writeFiles(folder, { 'a.Dockerfile': '', 'b.Dockerfile': '', main: '' });
  const hashes = new FolderHashes();
  const first = await hashes.of(folder, join(folder, 'a.Dockerfile'));
  writeFileSync(join(folder, 'main'), 'changed meanwhile');
  expect(await hashes.of(folder, join(folder, 'b.Dockerfile'))).toBe(first);
  expect(await hashes.of(folder)).toBe(first);
  expect(await new FolderHashes().of(folder)).not.toBe(first);
});

test('hashes a folder again for a Dockerfile with its own ignore file', async () => {
  const folder = temporaryFolder();
  writeFiles(folder, {
    'a.Dockerfile': '',
    'b.Dockerfile': '',
    'b.Dockerfile.dockerignore': 'main',
    main: '',
  });
  const hashes = new FolderHashes();
  const [one, other] = await Promise.all(
    ['a', 'b'].map((name) => hashes.of(folder, join(folder, `${name}.Dockerfile`))),
  );
  expect(one).not.toBe(other);
});

test('hashes the bytes of names and link targets that are not UTF-8', async () => {
  const hashOf = async (file: Buffer, target: Buffer) => {
    const folder = temporaryFolder();
    const below = Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0x64, 0xff])]);
    mkdirSync(below);
    writeFileSync(Buffer.concat([below, Buffer.from('/'), file]), 'content');
    symlinkSync(target, Buffer.concat([below, Buffer.from('/link')]));
    return new FolderHashes().of(folder);
  };
  const [a, b] = [Buffer.from([0x66, 0xfe]), Buffer.from([0x66, 0xfd])];
  const hashes = await Promise.all([hashOf(a, a), hashOf(b, a), hashOf(a, b)]);
  expect(new Set(hashes).size).toBe(3);
  expect(await hashOf(a, a)).toBe(hashes[0]);
});

test('stops reading when it is aborted', async () => {
  const folder = temporaryFolder();
  writeFiles(folder, Object.fromEntries(Array.from({ length: 600 }, (_, index) => [`${index}`, ''])));
  const controller = new AbortController();
  const read = new FolderHashes(controller.signal).of(folder);
  controller.abort();
  await expect(read).rejects.toMatchObject({ name: 'AbortError' });
});

test('reports an unreadable folder from `of` and not as an unhandled rejection after `begin`', async () => {
  const unhandled = jest.fn();
  process.on('unhandledRejection', unhandled);
  const hashes = new FolderHashes();
  const missing = join(temporaryFolder(), 'missing');
  hashes.begin(missing);
  await new Promise((resolve) => setTimeout(resolve, 20));
  await expect(hashes.of(missing)).rejects.toMatchObject({ code: 'context-missing' });
  process.off('unhandledRejection', unhandled);
  expect(unhandled).not.toHaveBeenCalled();
});

test('leaves out the image set, which a build removes before the builder reads the context', async () => {
  const folder = temporaryFolder();
  writeFiles(folder, { main: '', '.towpath-other/main': '' });
  const before = await new FolderHashes().of(folder);
  writeFiles(folder, { '.towpath/images.json': '{}' });
  expect(await new FolderHashes().of(folder)).not.toBe(before);
  expect(await new FolderHashes(undefined, join(folder, '.towpath')).of(folder)).toBe(before);
});
