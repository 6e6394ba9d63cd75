import { afterEach, expect } from '@jest/globals';
import { Layout, mediaTypes } from '@towpath/oci';
import { parseDigest } from '@towpath/reference';
import type { StepResult } from '@towpath/runner';
import { rm, writeFile } from 'node:fs/promises';
import { arch } from 'node:os';
import { join } from 'node:path';
import { output, testWith } from './clients.ts';
import { begin, green, imagesOf, type Scene } from './scene.ts';

const test = testWith('docker', ['docker', 'version']);
const own = arch() === 'x64' ? 'linux/amd64' : `linux/${arch()}`;

/** Names of images in Docker that only these tests use. */
const names = ['towpath-e2e-job', 'towpath-e2e-web'];
const [job = '', web = ''] = names.map((name) => `${name}:build`);

afterEach(async () => {
  for (const name of [job, web]) await output('docker', 'rmi', '--force', name);
});

interface Loaded {
  readonly name: string;
  readonly reference: string;
  readonly platform: string;
  readonly id: string;
}

const loadedBy = ({ outputs }: StepResult) => JSON.parse(outputs.loaded ?? '') as readonly Loaded[];

async function configure({ checkout, stage }: Scene): Promise<void> {
  const lines = [
    `registry: ${stage.shared.host}/payroll`,
    'images:',
    '  towpath-e2e-job: { context: job, repository: payroll/reconcile, labels: { team: payroll } }',
    '  towpath-e2e-web: { context: web, repository: payroll/web, platforms: [linux/arm64, linux/amd64] }',
  ];
  await writeFile(join(checkout.folder, 'towpath.yaml'), lines.join('\n'));
}

/** Returns the digest of the config of each image, for the platform of this machine. */
async function configs({ temp }: Scene, result: StepResult): Promise<readonly string[]> {
  const layout = new Layout(join(temp, 'towpath'));
  const read = imagesOf(result).map(async ({ platforms }) => {
    const digest = parseDigest(platforms[own] ?? '');
    const manifest = await layout.manifest({ digest, mediaType: mediaTypes.ociManifest });
    return manifest.kind === 'image' ? manifest.config.digest : '';
  });
  return Promise.all(read);
}

test('load: true loads the built images into Docker and changes no digest', async () => {
  const scene = await begin();
  await configure(scene);
  const without = green(await scene.step('build'));
  expect(loadedBy(without)).toEqual([]);

  const result = green(await scene.step('build', { load: 'true' }));
  const digests = (one: StepResult) => imagesOf(one).map(({ digest }) => digest);
  expect(digests(result)).toEqual(digests(without));
  expect(result.log).toContain(`load towpath-e2e-web for ${own} into Docker as ${web}`);
  expect(result.summary).toContain('| In Docker |');
  const loaded = loadedBy(result);
  expect(loaded.map(({ name, reference, platform }) => [name, reference, platform])).toEqual([
    ['towpath-e2e-job', job, own],
    ['towpath-e2e-web', web, own],
  ]);
  const ids = await output('docker', 'image', 'inspect', '--format={{.Id}}', job, web);
  expect(ids.trim().split('\n')).toEqual(loaded.map(({ id }) => id));
  // Without the containerd image store, the ID of an image is the digest of its config.
  const manifests = imagesOf(result).map(({ platforms }) => platforms[own]);
  expect([await configs(scene, result), manifests]).toContainEqual(loaded.map(({ id }) => id));

  expect(await output('docker', 'run', '--rm', '--network=none', job, '--version')).toMatch(/\d/);
  const labels = await output('docker', 'image', 'inspect', '--format={{json .Config.Labels}}', job);
  expect(JSON.parse(labels)).toEqual({ team: 'payroll' });
});

test('load: true pulls a reused image into Docker', async () => {
  const scene = await begin();
  await configure(scene);
  const only = { only: 'towpath-e2e-job' };
  green(await scene.step('build', only));
  green(await scene.step('publish', { ...only, version: '1.0.0' }));
  await rm(join(scene.temp, 'towpath'), { recursive: true });
  const result = green(await scene.step('build', { ...only, reuse: '7d', load: 'true' }));
  expect(result.log).not.toMatch(/: building$/m);
  expect(loadedBy(result)).toMatchObject([{ reference: job, platform: own }]);
  expect(await output('docker', 'run', '--rm', '--network=none', job, '--version')).toMatch(/\d/);
});

test('with image-build-config.yaml, images are loaded into Docker unless load is false', async () => {
  const scene = await begin();
  await rm(join(scene.checkout.folder, 'towpath.yaml'));
  const yaml = 'ImageBuildConfiguration:\n  Job: { imageName: towpath-e2e-job, buildContext: job }\n';
  await writeFile(join(scene.checkout.folder, 'image-build-config.yaml'), yaml);
  expect(loadedBy(green(await scene.step('build', { load: 'false' })))).toEqual([]);
  expect(loadedBy(green(await scene.step('build')))).toMatchObject([{ reference: job }]);
});

test('load: true fails before the build if no Docker daemon responds', async () => {
  const scene = await begin();
  await configure(scene);
  const env = { DOCKER_HOST: `unix://${join(scene.temp, 'nowhere.sock')}` };
  const result = await scene.step('build', { load: 'true' }, { env });
  expect([result.exitCode, result.outputs['failure-reason']]).toEqual([1, 'docker-missing']);
  expect(result.log).toContain('nowhere.sock');
  expect(result.log).not.toContain('building');
});
