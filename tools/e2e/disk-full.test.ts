import { expect } from '@jest/globals';
import { readImageSet, writeImageSet } from '@towpath/image-set';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startBuilder } from './builder.ts';
import { output, testWith, testWithBuildkitd } from './clients.ts';
import { begin, type Scene } from './scene.ts';

/** Mounts a disk of `size` MiB until it is disposed. */
async function disk(size: number, folder: string): Promise<{ readonly folder: string } & AsyncDisposable> {
  await mkdir(folder, { recursive: true });
  await output('mount', '-t', 'tmpfs', '-o', `size=${size}m`, 'tmpfs', folder);
  return {
    folder,
    [Symbol.asyncDispose]: async () => {
      await output('umount', folder);
      await rm(folder, { recursive: true });
    },
  };
}

const testWithMounts = testWith('mount', [
  'sh',
  '-c',
  'd=$(mktemp -d) && mount -t tmpfs tmpfs $d && umount $d && rmdir $d',
]);

/** A small image and a large one. */
async function write({ checkout }: Scene): Promise<void> {
  const files = {
    'towpath.yaml': 'images:\n  small: { context: job }\n  large: { context: web }\n',
    'job/Dockerfile': 'FROM scratch\nCOPY reconcile.sh /\n',
    'web/Dockerfile': 'FROM scratch\nCOPY large /\n',
    'web/large': randomBytes(20_000_000),
  };
  for (const [path, text] of Object.entries(files)) await writeFile(join(checkout.folder, path), text);
}

testWithMounts(
  'names the disk of the runner that is full, and writes the built images to the set',
  async () => {
    const scene = await begin();
    await write(scene);
    await using small = await disk(12, scene.temp);
    const temp = small.folder;
    const { outputs, log, exitCode } = await scene.step('build');
    expect(exitCode).toBe(1);
    expect(outputs['failure-reason']).toBe('disk-full');
    expect(log).toMatch(/Image large could not be built/);
    expect(log).toMatch(/The disk of \S+\/temp\/towpath-build-\w+\/images\/large is full/);
    expect(log).toContain(`the image set in ${join(temp, 'towpath')}: small; missing: large`);
    const { images } = await readImageSet(join(temp, 'towpath'));
    expect(images.map(({ name }) => name)).toEqual(['small']);
    expect((await readdir(temp)).filter((name) => name.startsWith('towpath'))).toEqual(['towpath']);
  },
);

testWithMounts('leaves no partial or older image set if the disk is too small for the new one', async () => {
  const scene = await begin();
  await write(scene);
  await using small = await disk(4, join(scene.temp, '..', 'sets'));
  const { folder } = small;
  const imageSet = join(folder, 'towpath');
  await writeImageSet(imageSet, { schemaVersion: 1, source: {}, images: [] });
  const { outputs, log } = await scene.step('build', { 'image-set': imageSet });
  expect(outputs['failure-reason']).toBe('disk-full');
  expect(log).toContain('The image set could not be written, although these images were built: small, large');
  expect(log).toContain(`the disk of ${imageSet} is full`);
  expect(await readdir(folder)).toEqual([]);
});

// A user who can run buildkitd can also mount a disk.
testWithBuildkitd('reports that the disk of the builder is full', async () => {
  await using small = await disk(16, await mkdtemp(join(tmpdir(), 'bk-')));
  await using builder = await startBuilder(small.folder, {});
  const scene = await begin();
  await write(scene);
  const { outputs, log } = await scene.step('build', { builder: builder.name, 'max-parallel': '1' });
  expect(outputs['failure-reason']).toBe('disk-full');
  expect(log).toContain('The builder’s disk is full');
  expect(log).toContain(`the image set in ${join(scene.temp, 'towpath')}: small; missing: large`);
});
