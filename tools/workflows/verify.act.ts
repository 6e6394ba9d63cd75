import { expect, jest, test } from '@jest/globals';
import { bundleAll, Repository, verifyRelease } from '@towpath/release';
import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readRelease } from './released.ts';

jest.setTimeout(900_000);

/**
 * Bundles a clone with the dependencies of this workspace, which came from the same lock file. To install them once more
 * takes as long as to bundle.
 */
async function bundleWithOwnDependencies(clone: string): Promise<void> {
  for (const folder of globSync(['node_modules', '{packages,actions,tools}/*/node_modules']))
    await promisify(execFile)('cp', ['--archive', '--link', folder, join(clone, folder)]);
  await rm(join(clone, 'node_modules/.cache'), { recursive: true, force: true });
  await bundleAll(clone);
}

test('a rebuild in another folder gives the bundles of a release byte for byte', async () => {
  const { bare, version } = await readRelease();
  const repository = new Repository(bare);
  expect(await verifyRelease(repository, `v${version}`, bundleWithOwnDependencies)).toEqual([]);
});
