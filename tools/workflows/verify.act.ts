import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { rebuild, Repository, verifyRelease } from '@towpath/release';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { releaseWorkingTree } from './released.ts';

// All dependencies are installed once more.
jest.setTimeout(900_000);

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'towpath-verify-'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

test('a rebuild in another folder gives the bundles of a release byte for byte', async () => {
  const { bare, version } = await releaseWorkingTree(join(folder, 'release'));
  expect(await verifyRelease(new Repository(bare), `v${version}`, rebuild)).toEqual([]);
});
