import { expect, test } from '@jest/globals';
import type { CodedError } from '@towpath/errors';
import { temporaryFolder } from '@towpath/testing/folder';
import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readImageSet } from './files.ts';

const image = {
  name: 'web',
  digest: `sha256:${'a'.repeat(64)}`,
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  size: 1,
  bytes: 1,
  platforms: {},
  fingerprint: 'f'.repeat(64),
  labels: {},
};

const setOf = (images: unknown): string => JSON.stringify({ schemaVersion: 1, source: {}, images });

/** Reads a folder with this images.json, within a time that quadratic work does not keep. */
async function refused(make: (path: string) => void): Promise<Pick<CodedError, 'code' | 'message' | 'hint'>> {
  const folder = temporaryFolder();
  make(join(folder, 'images.json'));
  const started = performance.now();
  const error: unknown = await readImageSet(folder).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(performance.now() - started).toBeLessThan(10_000);
  expect(error).toMatchObject({
    code: 'image-set-invalid',
    hint: expect.stringContaining('Build again') as unknown,
  });
  return error as CodedError;
}

test.each<[string, (path: string) => void, RegExp]>([
  [
    'a symbolic link',
    (path) => {
      writeFileSync(`${path}.aside`, setOf([image]));
      symlinkSync(`${path}.aside`, path);
    },
    /is a symbolic link/,
  ],
  [
    'a named pipe',
    (path) => {
      execFileSync('mkfifo', [path]);
    },
    /not a file/,
  ],
  [
    'a folder',
    (path) => {
      mkdirSync(path);
    },
    /not a file/,
  ],
  [
    'a sparse file of 1.9 GB',
    (path) => {
      writeFileSync(path, '');
      truncateSync(path, 1_900_000_000);
    },
    /1900000000 bytes; the maximum is 67108864/,
  ],
])('refuses %s in place of images.json at once', async (_, make, says) => {
  expect((await refused(make)).message).toMatch(says);
});

test.each<[string, unknown, RegExp]>([
  ['100,000 images', Array.from({ length: 100_000 }, () => image), /has 100000 images; the limit is 1000/],
  ['10 million wrong images', Array.from({ length: 10_000_000 }, () => 0), /the limit is 1000/],
  [
    'a million labels',
    [
      image,
      { ...image, labels: Object.fromEntries(Array.from({ length: 1_000_000 }, (_, index) => [index, 0])) },
    ],
    /image web has more than 20000 values/,
  ],
  [
    'a million attestations',
    [{ ...image, attestations: Array.from({ length: 1_000_000 }, () => 0) }],
    /more than 20000 values/,
  ],
  [
    'a million unknown keys',
    [{ ...image, ...Object.fromEntries(Array.from({ length: 1_000_000 }, (_, index) => [index, 0])) }],
    /more than 20000 values/,
  ],
])('refuses an images.json with %s', async (_, images, says) => {
  const { message } = await refused((path) => {
    writeFileSync(path, setOf(images));
  });
  expect(message).toMatch(says);
  expect(message.length).toBeLessThan(3_000);
});

test('refuses an images.json with values 10,000 deep', async () => {
  const labels = '['.repeat(10_000) + ']'.repeat(10_000);
  const { message } = await refused((path) => {
    writeFileSync(path, `{"schemaVersion":1,"source":{},"images":[{"name":"web","labels":${labels}}]}`);
  });
  expect(message).toContain('images[0].labels');
});

test('shows the first wrong image, with the path of each wrong value', async () => {
  const { message } = await refused((path) => {
    writeFileSync(path, setOf([image, { ...image, name: 'api', digest: 'latest', size: -1 }]));
  });
  expect(message).toContain('images[1].digest');
  expect(message).toContain('images[1].size');
});
