import { expect, test } from '@jest/globals';
import { Layout, mediaTypes } from '@towpath/oci';
import type { Digest } from '@towpath/reference';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { begin, green, imagesOf, type Scene } from './scene.ts';

const busybox = '111122223333.dkr.ecr.us-east-1.amazonaws.com/docker-hub/library/busybox:1.37';

/** Writes the Dockerfiles and a configuration with one image per Dockerfile. */
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

const twoPlatforms = ', platforms: [linux/amd64, linux/s390x]';

test('accepts steps on the platform of the builder, in every syntax, for all target platforms', async () => {
  const scene = await begin();
  const dockerfileFor = (platform: string, before = '') =>
    `${before}FROM --platform=${platform} ${busybox} AS build\nRUN echo "'${platform}'" > /out\nFROM scratch\nCOPY --from=build /out /\n`;
  await withDockerfiles(
    scene,
    {
      literal: dockerfileFor('linux/amd64'),
      architecture: dockerfileFor('linux/$BUILDARCH'),
      argument: dockerfileFor('$ON', 'ARG ON=$BUILDPLATFORM\n'),
      unneeded: `FROM ${busybox} AS lint\nRUN uname -m\nFROM scratch\nCOPY Dockerfile /\n`,
    },
    { literal: twoPlatforms, architecture: twoPlatforms, argument: twoPlatforms, unneeded: twoPlatforms },
  );
  const built = imagesOf(green(await scene.step('build')));
  expect(built.map(({ platforms }) => Object.keys(platforms))).toEqual(
    Array.from({ length: 4 }, () => ['linux/amd64', 'linux/s390x']),
  );
});

test('a stage based on another stage runs on the platform of that stage, despite --platform', async () => {
  const scene = await begin();
  const text = `FROM ${busybox} AS base\nFROM --platform=$BUILDPLATFORM base\nRUN uname -m\n`;
  await withDockerfiles(scene, { web: text }, { web: twoPlatforms });
  const result = await scene.step('build');
  expect(result.outputs['failure-reason']).toBe('platform-unsupported');
});

test('ignores private and missing base images of unused stages', async () => {
  const scene = await begin();
  const other = '999988887777.dkr.ecr.eu-west-1.amazonaws.com/private/base:1';
  const text = `FROM ${other} AS unused\nFROM no-such-registry.invalid/x:1 AS gone\nCOPY --from=${other} a b\nFROM scratch\nCOPY Dockerfile /\n`;
  await withDockerfiles(scene, { web: text });
  const result = green(await scene.step('build'));
  expect(result.log).not.toMatch(/999988887777|no-such-registry/);
});

test('builds an image without layers, and publish rejects it because ECR cannot store it', async () => {
  const scene = await begin();
  await withDockerfiles(scene, { web: 'FROM scratch\nLABEL team=payroll\n' });
  green(await scene.step('build'));
  const result = await scene.step('publish', { version: '1.0.0', 'create-repository': 'true' });
  expect(result.outputs['failure-reason']).toBe('registry-unsupported');
  expect(result.log).toContain('Image web has no layers');
  expect(result.log).toContain('Nothing was written.');
});

test('builds files whose names are not UTF-8', async () => {
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

test('reads a Dockerfile that is a symbolic link, or rejects a link that BuildKit cannot follow', async () => {
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

test('rejects an image for a platform that its base image is not built for', async () => {
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

test('persist: true sets the proxy if the last line of the Dockerfile is continued', async () => {
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
  if (manifest.kind !== 'image') throw new Error('the image has more than one platform');
  const { config } = (await json(await layout.blob(manifest.config))) as { config: object };
  expect(config).toMatchObject({
    Cmd: ['true'],
    Env: expect.arrayContaining(['NO_PROXY=.corp.test']) as unknown,
  });
});
