import { expect, jest, test } from '@jest/globals';
import { bundleAll, Repository, verifyRelease } from '@towpath/release';
import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readRelease } from './released.ts';

jest.setTimeout(900_000);

/**
 * Bundles a clone with the dependencies of this workspace, which came from the same lock file. To install them once more
 * takes as long as to bundle.
 */
async function bundleWithOwnDependencies(clone: string): Promise<void> {
  for (const folder of globSync(['node_modules', '{packages,actions,tools}/*/node_modules'])) {
    // Other tests write into the cache meanwhile.
    const entries = (await readdir(folder)).filter((name) => name !== '.cache');
    if (entries.length === 0) continue;
    const target = join(clone, folder);
    await mkdir(target, { recursive: true });
    const paths = entries.map((name) => join(folder, name));
    await promisify(execFile)('cp', ['--archive', '--link', ...paths, target]);
  }
  await bundleAll(clone);
}

test('a rebuild in another folder gives the bundles of a release byte for byte', async () => {
  const { bare, version } = await readRelease();
  const repository = new Repository(bare);
  expect(await verifyRelease(repository, `v${version}`, bundleWithOwnDependencies)).toEqual([]);
});
