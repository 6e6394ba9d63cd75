import { expect, test } from '@jest/globals';
import { readImageSet } from '@towpath/image-set';
import { digestOf } from '@towpath/reference';
import { startOlareg, team } from '@towpath/stage';
import { chmod, cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { output, testWith } from './clients.ts';
import { begin, green, imagesOf } from './scene.ts';

const withSkopeo = testWith('skopeo', ['skopeo', '--version']);
const withCrane = testWith('crane or olareg', ['sh', '-c', 'crane version && olareg version']);
const withRegctl = testWith('regctl', ['regctl', 'version']);

/** A set with images of one platform and of two, and with what attests something about them. */
async function build() {
  const scene = await begin();
  green(await scene.step('build'));
  const folder = join(scene.temp, 'towpath');
  const { images } = await readImageSet(folder);
  expect(images.map(({ platforms }) => Object.keys(platforms).length).sort()).toEqual([1, 2]);
  expect(images.every(({ attestations }) => attestations.length > 0)).toBe(true);
  return { scene, folder, images };
}

withSkopeo('skopeo reads each image of a set by its name, and copies it with all its platforms', async () => {
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

withRegctl('regctl reads each image of a set by its name, and what refers to it by its digest', async () => {
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

withCrane('crane pushes a set as it is, and finds every layer of each platform as it should be', async () => {
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
 * Carries a folder as actions/upload-artifact and actions/download-artifact do: what is hidden is left behind, empty
 * folders are, and so are permissions (actions/upload-artifact, "Permission Loss", `include-hidden-files`).
 */
async function carry(from: string, to: string): Promise<void> {
  for (const entry of await readdir(from, { recursive: true, withFileTypes: true })) {
    const path = relative(from, join(entry.parentPath, entry.name));
    if (!entry.isFile() || path.split('/').some((part) => part.startsWith('.'))) continue;
    await cp(join(from, path), join(to, path));
    await chmod(join(to, path), 0o644);
    await chmod(dirname(join(to, path)), 0o755);
  }
}

test('a set that went to another machine as an artifact is published as it was built', async () => {
  const { scene, folder, images } = await build();
  const other = await scene.clone();
  const carried = join(other.temp, basename(folder));
  await carry(folder, carried);
  await rm(folder, { recursive: true });
  const published = imagesOf(green(await other.step('publish', { version: '1.0.0' })));
  expect(published.map(({ digest }) => digest)).toEqual(images.map(({ digest }) => digest));
  for (const name of team.images)
    expect(await scene.stage.shared.tags(`${team.prefix}/${name}`)).toContain('build-1.0.0');
});
