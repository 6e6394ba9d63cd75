import { expect, jest, test } from '@jest/globals';
import { rebuild, Repository, verifyRelease } from '@towpath/release';
import { readRelease } from './released.ts';

// All dependencies are installed once more.
jest.setTimeout(900_000);

test('a rebuild in another folder gives the bundles of a release byte for byte', async () => {
  const { bare, version } = await readRelease();
  expect(await verifyRelease(new Repository(bare), `v${version}`, rebuild)).toEqual([]);
});
