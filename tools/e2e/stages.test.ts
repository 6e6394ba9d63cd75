import { expect, test } from '@jest/globals';
import { Layout, mediaTypes } from '@towpath/oci';
import type { Digest } from '@towpath/reference';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { begin, green, imagesOf, type Scene } from './scene.ts';

const busybox = '111122223333.dkr.ecr.us-east-1.amazonaws.com/docker-hub/library/busybox:1.37';

/** Gives a checkout these files, and a configuration with an image for each Dockerfile. */
async function withDockerfiles(
  { checkout }: Scene,
  dockerfiles: Readonly<Record<string, string>>,
  config: Readonly<Record<string, string>> = {},
): Promise<void> {
  const images = Object.keys(dockerfiles).map(
    (name) => `  ${name}: { context: ${name}${config[name] ?? ''} }`,
  );
  await writeFile(join(checkout.folder, 'towpath.yaml'), `images:\n${images.join('\n')}\n`);
  for (const [name, text] of Object.entries(dockerfiles)) {
    await mkdir(join(checkout.folder, name), { recursive: true });
    await writeFile(join(checkout.folder, name, 'Dockerfile'), text);
  }
}

const foreign = ', platforms: [linux/amd64, linux/s390x]';

test('steps on the builder’s platform run for every platform, however the platform is written', async () => {
  const scene = await begin();
  const of = (platform: string, before = '') =>
    `${before}FROM --platform=${platform} ${busybox} AS build\nRUN echo "'${platform}'" > /out\nFROM scratch\nCOPY --from=build /out /\n`;
  await withDockerfiles(
    scene,
    {
      literal: of('linux/amd64'),
      architecture: of('linux/$BUILDARCH'),
      argument: of('$ON', 'ARG ON=$BUILDPLATFORM\n'),
      unneeded: `FROM ${busybox} AS lint\nRUN uname -m\nFROM scratch\nCOPY Dockerfile /\n`,
    },
    { literal: foreign, architecture: foreign, argument: foreign, unneeded: foreign },
  );
  const built = imagesOf(green(await scene.step('build')));
  expect(built.map(({ platforms }) => Object.keys(platforms))).toEqual(
    Array.from({ length: 4 }, () => ['linux/amd64', 'linux/s390x']),
  );
});

test('a stage that starts from another one runs on its platform, whatever is written beside it', async () => {
  const scene = await begin();
  const text = `FROM ${busybox} AS base\nFROM --platform=$BUILDPLATFORM base\nRUN uname -m\n`;
  await withDockerfiles(scene, { web: text }, { web: foreign });
  const result = await scene.step('build');
  expect(result.outputs['failure-reason']).toBe('platform-unsupported');
});

test('a private or missing base of a stage that is not needed is not looked at', async () => {
  const scene = await begin();
  const other = '999988887777.dkr.ecr.eu-west-1.amazonaws.com/private/base:1';
  const text = `FROM ${other} AS unused\nFROM no-such-registry.invalid/x:1 AS gone\nCOPY --from=${other} a b\nFROM scratch\nCOPY Dockerfile /\n`;
  await withDockerfiles(scene, { web: text });
  const result = green(await scene.step('build'));
  expect(result.log).not.toMatch(/999988887777|no-such-registry/);
});

test('an image of labels alone is built, and publish says why ECR cannot store it', async () => {
  const scene = await begin();
  await withDockerfiles(scene, { web: 'FROM scratch\nLABEL team=payroll\n' });
  green(await scene.step('build'));
  const result = await scene.step('publish', { version: '1.0.0', 'create-repository': 'true' });
  expect(result.outputs['failure-reason']).toBe('registry-unsupported');
  expect(result.log).toContain('Image web has no layers');
  expect(result.log).toContain('Nothing was written.');
});

test('files whose names are not UTF-8 are built', async () => {
  const scene = await begin();
  await withDockerfiles(scene, { web: 'FROM scratch\nCOPY . /\n' });
  const folder = Buffer.from(`${join(scene.checkout.folder, 'web')}/f`);
  await writeFile(Buffer.concat([folder, Buffer.from([0xff])]), 'one');
  const first = imagesOf(green(await scene.step('build')));
  await rm(Buffer.concat([folder, Buffer.from([0xff])]));
  await writeFile(Buffer.concat([folder, Buffer.from([0xfe])]), 'one');
  const second = imagesOf(green(await scene.step('build')));
  expect(second[0]?.digest).not.toBe(first[0]?.digest);
});

test('a Dockerfile that is a link is read as BuildKit reads it, or the link is named', async () => {
  const scene = await begin();
  const { folder } = scene.checkout;
  await withDockerfiles(scene, { web: '' });
  await mkdir(join(folder, 'web', 'docker'));
  await writeFile(join(folder, 'web', 'docker', 'Dockerfile'), 'FROM scratch\nCOPY docker /\n');
  const link = async (target: string) => {
    await rm(join(folder, 'web', 'Dockerfile'), { force: true });
    await symlink(target, join(folder, 'web', 'Dockerfile'));
    return scene.step('build');
  };
  green(await link('docker/Dockerfile'));
  for (const target of [join(folder, 'web', 'docker', 'Dockerfile'), '../web/docker/Dockerfile']) {
    const result = await link(target);
    expect(result.outputs['failure-reason']).toBe('dockerfile-missing');
    expect(result.log).toContain(`is a symbolic link to ${target}, which BuildKit cannot follow`);
  }
});

test('an image that is built on another one for a platform that it lacks is refused', async () => {
  const scene = await begin();
  await withDockerfiles(
    scene,
    { base: 'FROM scratch\nCOPY Dockerfile /\n', web: 'FROM base\nCOPY Dockerfile /web\n' },
    {
      base: ', platforms: [linux/amd64]',
      web: ', platforms: [linux/amd64, linux/arm64], contexts: { base: target:base }',
    },
  );
  const result = await scene.step('build');
  expect(result.outputs['failure-reason']).toBe('platform-unsupported');
  expect(result.log).toContain('Add linux/arm64 to the platforms of base');
  expect(result.log).not.toContain('building');
});

test('a proxy that an image keeps is set after a last line that is continued', async () => {
  const scene = await begin();
  await withDockerfiles(
    scene,
    { web: `FROM ${busybox}\nCMD ["true"] \\\n` },
    { web: ', proxy: { persist: true }' },
  );
  const env = { HTTP_PROXY: '', HTTPS_PROXY: '', NO_PROXY: '.corp.test' };
  const [built] = imagesOf(green(await scene.step('build', { proxy: 'NO_PROXY=.corp.test' }, { env })));
  const layout = new Layout(join(scene.temp, 'towpath'));
  const manifest = await layout.manifest({
    digest: built?.digest as Digest,
    mediaType: mediaTypes.ociManifest,
  });
  if (manifest.kind !== 'image') throw new Error('an image for one platform was built');
  const { config } = (await json(await layout.blob(manifest.config))) as { config: object };
  expect(config).toMatchObject({
    Cmd: ['true'],
    Env: expect.arrayContaining(['NO_PROXY=.corp.test']) as unknown,
  });
});
