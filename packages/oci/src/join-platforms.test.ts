import { describe, expect, test } from '@jest/globals';
import { makeImageSet, temporaryFolder } from '@towpath/testing';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { partAttestations } from './attestations.ts';
import { joinPlatforms, printIndex } from './join-platforms.ts';
import { Layout } from './layout.ts';

/** Returns the layouts of one image built separately for each platform, in BuildKit's format. */
async function partsOf(...platforms: readonly string[]): Promise<Layout[]> {
  return Promise.all(
    platforms.map(async (name) => {
      const layout = new Layout(temporaryFolder());
      await makeImageSet(layout.folder, [{ name: 'web', platforms: [name] }]);
      const path = join(layout.folder, 'index.json');
      const [os, architecture] = name.split('/');
      const index = JSON.parse(readFileSync(path, 'utf8')) as { manifests: object[] };
      index.manifests = index.manifests.map((one) => ({ ...one, platform: { architecture, os } }));
      writeFileSync(path, JSON.stringify(index));
      return layout;
    }),
  );
}

describe('platforms that were built separately', () => {
  test('become one index, in their order, with the annotations of the image', async () => {
    const parts = await partsOf('linux/arm64', 'linux/amd64');
    const digests = await Promise.all(parts.map(async (part) => (await part.index()).manifests[0]?.digest));
    const folder = temporaryFolder();
    await joinPlatforms(folder, parts, new Map([['a', 'b & c']]));
    const joined = new Layout(folder);
    const [root] = (await joined.index()).manifests;
    if (root === undefined) throw new Error('there is an index');
    const index = await joined.manifest(root);
    if (index.kind !== 'index') throw new Error('it is an index');
    expect(index.manifests.map(({ digest }) => digest)).toEqual(digests);
    expect(index.manifests.map(({ annotations }) => annotations)).toEqual([undefined, undefined]);
    expect(index.annotations).toEqual({ a: 'b & c' });
    for (const child of index.manifests) expect((await joined.manifest(child)).kind).toBe('image');
    expect(await partAttestations(joined, index, true)).toEqual({ root: index, referrers: [], orphans: 0 });
  });

  test('are rejected if a part contains anything other than one image', async () => {
    const [part = new Layout('')] = await partsOf('linux/amd64');
    await makeImageSet(part.folder, [{ name: 'a' }, { name: 'b' }]);
    await expect(joinPlatforms(temporaryFolder(), [part], new Map())).rejects.toMatchObject({
      code: 'image-set-invalid',
      message: expect.stringContaining('holds 2 images') as unknown,
    });
  });
});

test('prints an index as Go does', () => {
  expect(printIndex({ a: '<b> & c\u2028' })).toBe('{\n  "a": "\\u003cb\\u003e \\u0026 c\\u2028"\n}');
});
