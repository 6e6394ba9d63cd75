import { expect, test } from '@jest/globals';
import { readImageSet } from '@towpath/image-set';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { begin, green, imagesOf, type Scene } from './scene.ts';

const busybox = '111122223333.dkr.ecr.us-east-1.amazonaws.com/docker-hub/library/busybox:1.37';
const names = Array.from({ length: 20 }, (_, index) => `service-${index}`);

/** A repository with twenty images, of which all are published. */
async function twenty(): Promise<Scene> {
  const scene = await begin();
  const { checkout, stage, step } = scene;
  const images = names.map((name) => `  ${name}: { context: ${name} }`);
  const registry = `registry: ${stage.shared.host}/payroll`;
  await writeFile(join(checkout.folder, 'towpath.yaml'), [registry, 'images:', ...images].join('\n'));
  for (const name of names) {
    await mkdir(join(checkout.folder, name));
    await writeFile(join(checkout.folder, name, 'Dockerfile'), `FROM ${busybox}\nCOPY content /content\n`);
    await writeFile(join(checkout.folder, name, 'content'), name);
    await stage.shared.createRepository(`payroll/${name}`);
  }
  await checkout.commit('Twenty services');
  green(await step('build'));
  green(await step('publish', { version: '1.0.0' }));
  await rm(join(scene.temp, 'towpath'), { recursive: true });
  return scene;
}

test('of twenty images of which one has changed one is built, and all are published', async () => {
  const { checkout, step, stage, temp } = await twenty();
  await writeFile(join(checkout.folder, 'service-7/content'), 'changed');
  await checkout.commit('Change one');
  const result = green(await step('build', { reuse: '7d' }));
  expect([...result.log.matchAll(/^(\S+): building$/gm)].map(([, name]) => name)).toEqual(['service-7']);
  expect(result.log).toMatch(
    /build service-7 for linux\/\w+ from .* \(context changed since \w+ was published\)/,
  );
  expect(result.log).toMatch(
    /reuse service-0@sha256:\w+ \(fp-[0-9a-f]{24} is .* old, and nothing has changed\)/,
  );
  const { images } = await readImageSet(join(temp, 'towpath'));
  expect(images.map(({ name }) => name)).toEqual(names);
  expect(images.filter(({ reused }) => reused === undefined).map(({ name }) => name)).toEqual(['service-7']);

  green(await step('publish', { version: '1.1.0' }));
  for (const { name, digest } of images)
    expect(await stage.shared.digestOf(`payroll/${name}`, 'build-1.1.0')).toBe(digest);

  const again = green(await step('build', { reuse: '7d' }));
  expect(again.log).not.toMatch(/: building$/m);
  expect(imagesOf(again).map(({ digest }) => digest)).toEqual(images.map(({ digest }) => digest));
});

test('an image is built where it is too old, or cannot be looked for, or was never published', async () => {
  const scene = await begin();
  const { step } = scene;
  const first = green(await step('build', { reuse: '7d', only: 'reconcile' }));
  expect(first.log).toContain('it was never published');
  green(await step('publish', { version: '1.0.0', only: 'reconcile' }));
  const old = green(await step('build', { reuse: '0s', only: 'reconcile' }));
  expect(old.log).toMatch(/\(\w+ is .* old\)/);
  expect(old.log).toContain('reconcile: building');
  const [built] = imagesOf(first);
  expect(imagesOf(old)[0]?.digest).toBe(built?.digest);
});
