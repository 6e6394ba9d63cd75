import { afterEach, expect, test } from '@jest/globals';
import { temporaryFolder, writeFiles } from '@towpath/testing/folder';
import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, truncateSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { readFileWithin, readTextWithin, type ReadOptions } from './read.ts';

const options = { code: 'config-invalid', maxBytes: 1000, name: 'web.yaml' } satisfies ReadOptions;

test('reads a text up to its last byte, also through links and from a file of the kernel', async () => {
  const folder = temporaryFolder();
  writeFiles(folder, { full: 'é'.repeat(500), empty: '' });
  symlinkSync('full', join(folder, 'link'));
  expect(await readTextWithin(join(folder, 'full'), options)).toBe('é'.repeat(500));
  expect(await readTextWithin(join(folder, 'empty'), options)).toBe('');
  expect(await readTextWithin(join(folder, 'link'), options)).toBe('é'.repeat(500));
  expect(await readTextWithin('/proc/self/comm', options)).toMatch(/\n$/);
});

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

interface Case {
  readonly name: string;
  readonly make: (path: string) => void | Promise<void>;
  readonly says: string;
}

const cases: readonly Case[] = [
  {
    name: 'a pipe',
    make: (path) => {
      execFileSync('mkfifo', [path]);
    },
    says: 'web.yaml is a pipe, not a file.',
  },
  {
    name: 'a link to a pipe',
    make: (path) => {
      execFileSync('mkfifo', [`${path}-pipe`]);
      symlinkSync(`${path}-pipe`, path);
    },
    says: 'web.yaml is a pipe, not a file.',
  },
  {
    name: 'a link to a device that never ends',
    make: (path) => {
      symlinkSync('/dev/zero', path);
    },
    says: 'web.yaml is a device, not a file.',
  },
  {
    name: 'a folder',
    make: (path) => {
      mkdirSync(path);
    },
    says: 'web.yaml is a folder, not a file.',
  },
  {
    name: 'a socket',
    make: (path) =>
      new Promise((resolve) => {
        servers.push(createServer().listen(path, resolve));
      }),
    says: 'web.yaml is a socket, not a file.',
  },
  {
    name: 'a file of 8 GiB',
    make: (path) => {
      writeFiles(join(path, '..'), { file: '' });
      truncateSync(path, 8 * 2 ** 30);
    },
    says: 'web.yaml has 8589934592 bytes; the maximum is 1000.',
  },
];

test.each(cases)('refuses $name at once', async ({ make, says }) => {
  const path = join(temporaryFolder(), 'file');
  await make(path);
  await expect(readFileWithin(path, options)).rejects.toMatchObject({
    code: 'config-invalid',
    message: says,
  });
});

test('refuses a link if it is told to', async () => {
  const folder = temporaryFolder();
  writeFiles(folder, { file: '' });
  symlinkSync('file', join(folder, 'link'));
  await expect(readFileWithin(join(folder, 'link'), { ...options, followLink: false })).rejects.toThrow(
    'web.yaml is a symbolic link, not a file.',
  );
});

test('refuses a file of the kernel that has no size and more bytes than the limit', async () => {
  const limited = { ...options, maxBytes: 100, name: 'status' };
  await expect(readFileWithin('/proc/self/status', limited)).rejects.toThrow(
    /^status has \d+ bytes; the maximum/,
  );
});

test('leaves it to the caller what a missing file means', async () => {
  await expect(readFileWithin(join(temporaryFolder(), 'file'), options)).rejects.toMatchObject({
    code: 'ENOENT',
  });
});
