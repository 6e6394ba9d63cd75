import { expect, test } from '@jest/globals';
import { readImageSet } from '@towpath/image-set';
import { Layout } from '@towpath/oci';
import { digestOf } from '@towpath/reference';
import { startOlareg, team } from '@towpath/stage';
import { chmod, cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { output, testWith } from './clients.ts';
import { begin, green, imagesOf } from './scene.ts';

const withSkopeo = testWith('skopeo', ['skopeo', '--version']);
const withCrane = testWith('crane or olareg', ['sh', '-c', 'crane version && olareg version']);
const withDocker = testWith('docker', ['docker', 'version']);
const withRegctl = testWith('regctl', ['regctl', 'version']);

/** Builds a set that contains an image with one platform, an image with two platforms, and attestations. */
async function build() {
  const scene = await begin();
  green(await scene.step('build'));
  const folder = join(scene.temp, 'towpath');
  const { images } = await readImageSet(folder);
  expect(images.map(({ platforms }) => Object.keys(platforms).length).sort()).toEqual([1, 2]);
  expect(images.every(({ attestations }) => attestations.length > 0)).toBe(true);
  return { scene, folder, images };
}

withSkopeo('skopeo reads each image of a set by name and copies it with all platforms', async () => {
  const { folder, images } = await build();
  const to = await mkdtemp(join(tmpdir(), 'skopeo-'));
  for (const { name, digest } of images) {
    const from = `oci:${folder}:${name}`;
    expect(digestOf(await output('skopeo', 'inspect', '--raw', from))).toBe(digest);
    await output('skopeo', 'copy', '--all', '--preserve-digests', from, `oci:${to}:${name}`);
    expect(digestOf(await output('skopeo', 'inspect', '--raw', `oci:${to}:${name}`))).toBe(digest);
  }
  await rm(to, { recursive: true });
});

withRegctl('regctl reads each image of a set by name and each attestation by digest', async () => {
  const { folder, images } = await build();
  for (const { name, digest, attestations } of images) {
    expect((await output('regctl', 'image', 'digest', `ocidir://${folder}:${name}`)).trim()).toBe(digest);
    for (const attestation of attestations) {
      const reference = `ocidir://${folder}@${attestation.digest}`;
      const manifest = await output('regctl', 'manifest', 'get', '--format', 'raw-body', reference);
      expect(JSON.parse(manifest)).toMatchObject({ subject: { digest: attestation.subject } });
    }
  }
});

withCrane('crane pushes a whole set and validates the layers of each platform', async () => {
  const { folder, images } = await build();
  await using registry = await startOlareg();
  await output('crane', 'push', '--index', folder, `${registry.host}/set:all`);
  for (const { digest, platforms, attestations } of images) {
    const manifests = [digest, ...attestations.map((one) => one.digest)];
    for (const one of manifests)
      expect(digestOf(await output('crane', 'manifest', `${registry.host}/set@${one}`))).toBe(one);
    for (const one of Object.values(platforms))
      await output('crane', 'validate', '--remote', `${registry.host}/set@${one}`);
  }
});

/**
 * Copies a folder as actions/upload-artifact and actions/download-artifact do: without hidden files, empty folders and
 * permissions (actions/upload-artifact, "Permission Loss", `include-hidden-files`).
 */
async function copyAsArtifact(from: string, to: string): Promise<void> {
  for (const entry of await readdir(from, { recursive: true, withFileTypes: true })) {
    const path = relative(from, join(entry.parentPath, entry.name));
    if (!entry.isFile() || path.split('/').some((part) => part.startsWith('.'))) continue;
    await cp(join(from, path), join(to, path));
    await chmod(join(to, path), 0o644);
    await chmod(dirname(join(to, path)), 0o755);
  }
}

test('publish accepts a set that was copied to another machine as an artifact', async () => {
  const { scene, folder, images } = await build();
  const other = await scene.clone();
  await copyAsArtifact(folder, join(other.temp, basename(folder)));
  await rm(folder, { recursive: true });
  const published = imagesOf(green(await other.step('publish', { version: '1.0.0' })));
  expect(published.map(({ digest }) => digest)).toEqual(images.map(({ digest }) => digest));
  for (const name of team.images)
    expect(await scene.stage.shared.tags(`${team.prefix}/${name}`)).toContain('build-1.0.0');
});

/** Builds two images from the same files, so that their bytes are equal. */
async function buildEqualImages(inputs = {}) {
  const scene = await begin();
  const lines = [
    `registry: ${scene.stage.shared.host}/payroll`,
    'images:',
    '  web: { context: web, platforms: [linux/amd64, linux/arm64] }',
    '  api: { context: web, platforms: [linux/amd64, linux/arm64] }',
  ];
  await writeFile(join(scene.checkout.folder, 'towpath.yaml'), lines.join('\n'));
  const result = green(await scene.step('build', inputs));
  return { scene, result, folder: join(scene.temp, 'towpath') };
}

test('builds and publishes two images with the same digest', async () => {
  const { scene, folder } = await buildEqualImages();
  const { images } = await readImageSet(folder);
  expect(images.map(({ name }) => name)).toEqual(['web', 'api']);
  expect(new Set(images.map(({ digest }) => digest)).size).toBe(1);
  const { manifests } = await new Layout(folder).index();
  const named = manifests.filter(({ digest }) => digest === images[0]?.digest);
  const nameAnnotation = 'org.opencontainers.image.ref.name';
  expect(named.map(({ annotations }) => annotations?.[nameAnnotation])).toEqual(['web', 'api']);
  const inputs = { version: '1.0.0', 'create-repository': 'true' };
  const published = imagesOf(green(await scene.step('publish', inputs)));
  expect(published.map(({ digest }) => digest)).toEqual(images.map(({ digest }) => digest));
  for (const name of ['web', 'api'])
    expect(await scene.stage.shared.tags(`payroll/${name}`)).toContain('build-1.0.0');
});

withSkopeo('skopeo reads two images with the same digest by name', async () => {
  const { folder } = await buildEqualImages();
  const { images } = await readImageSet(folder);
  for (const { name, digest } of images)
    expect(digestOf(await output('skopeo', 'inspect', '--raw', `oci:${folder}:${name}`))).toBe(digest);
});

withDocker('load: true loads two images with the same digest under both names', async () => {
  const { result } = await buildEqualImages({ load: 'true' });
  const loaded = JSON.parse(result.outputs.loaded ?? '[]') as { reference: string; id: string }[];
  expect(loaded.map(({ reference }) => reference)).toEqual(['web:build', 'api:build']);
  expect(new Set(loaded.map(({ id }) => id)).size).toBe(1);
  await output('docker', 'rmi', '--force', 'web:build', 'api:build');
});
