import { expect, jest, test } from '@jest/globals';
import { temporaryFolder, writeFiles } from '@towpath/testing';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FolderHashes } from './folder-hashes.ts';

test('a folder that several images are built from is read once', async () => {
  const folder = temporaryFolder();
  writeFiles(folder, { 'a.Dockerfile': '', 'b.Dockerfile': '', main: '' });
  const hashes = new FolderHashes();
  const first = await hashes.of(folder, join(folder, 'a.Dockerfile'));
  writeFileSync(join(folder, 'main'), 'changed meanwhile');
  expect(await hashes.of(folder, join(folder, 'b.Dockerfile'))).toBe(first);
  expect(await hashes.of(folder)).toBe(first);
  expect(await new FolderHashes().of(folder)).not.toBe(first);
});

test('for a Dockerfile with an ignore file of its own it is another one', async () => {
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

test('a name that is not UTF-8 counts by its bytes, below a folder that has one, too', async () => {
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

test('nothing is read any more when it is over', async () => {
  const folder = temporaryFolder();
  writeFiles(folder, Object.fromEntries(Array.from({ length: 600 }, (_, index) => [`${index}`, ''])));
  const over = new AbortController();
  const read = new FolderHashes(over.signal).of(folder);
  over.abort();
  await expect(read).rejects.toMatchObject({ name: 'AbortError' });
});

test('whoever asks is told why a folder cannot be read, and nobody else', async () => {
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
