import { expect, test } from '@jest/globals';
import { digestOf } from '@towpath/reference';
import { makeImageSet, temporaryFolder, writeFiles, type ImageDraft } from '@towpath/testing';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { mediaTypes, type Descriptor } from './descriptor.ts';
import { inspectImage } from './inspect.ts';
import { Layout } from './layout.ts';

async function layoutOf(draft: ImageDraft): Promise<{ layout: Layout; root: Descriptor }> {
  const layout = new Layout(temporaryFolder());
  const [root] = await makeImageSet(layout.folder, [draft]);
  if (root === undefined) throw new Error('an image was drafted');
  return { layout, root };
}

function bytesOf({ folder }: Layout): number {
  const blobs = join(folder, 'blobs/sha256');
  return readdirSync(blobs).reduce((sum, name) => sum + readFileSync(join(blobs, name)).length, 0);
}

/** Writes JSON into a layout. */
function put(layout: Layout, mediaType: string, content: object): Descriptor {
  const json = JSON.stringify(content);
  const digest = digestOf(json);
  writeFiles(layout.folder, { [`blobs/sha256/${digest.slice(7)}`]: json });
  return { mediaType, digest, size: json.length };
}

test('a single-platform image has the platform of its config, and the size of all its content', async () => {
  const { layout, root } = await layoutOf({ name: 'backend', platforms: ['linux/arm64'] });
  expect(await inspectImage(layout, root)).toMatchObject({
    root: { digest: root.digest },
    platforms: { 'linux/arm64': root.digest },
    bytes: bytesOf(layout),
  });
});

test('a multi-platform image has its platforms in order, and shared content counts once', async () => {
  const { layout, root } = await layoutOf({ name: 'web', platforms: ['linux/arm64', 'linux/amd64'] });
  const { platforms, bytes } = await inspectImage(layout, root);
  expect(Object.keys(platforms)).toEqual(['linux/amd64', 'linux/arm64']);
  expect(new Set(Object.values(platforms)).size).toBe(2);
  expect(bytes).toBe(bytesOf(layout));
});

test('attestations are not platforms of an image', async () => {
  const { layout, root } = await layoutOf({ name: 'backend' });
  const children = [
    { ...root, platform: { os: 'linux', architecture: 'arm', variant: 'v7' } },
    {
      ...root,
      digest: digestOf('attestation'),
      platform: { os: 'unknown', architecture: 'unknown' },
      annotations: { 'vnd.docker.reference.type': 'attestation-manifest' },
    },
  ];
  const index = put(layout, mediaTypes.ociIndex, { schemaVersion: 2, manifests: children });
  expect((await inspectImage(layout, index)).platforms).toEqual({ 'linux/arm/v7': root.digest });
});

test('an image in a nested index has the platform of its config if its descriptor has none', async () => {
  const { layout, root } = await layoutOf({ name: 'backend' });
  const inner = put(layout, mediaTypes.ociIndex, {
    schemaVersion: 2,
    manifests: [{ ...root, platform: undefined }],
  });
  const platform = { os: 'linux', architecture: 's390x' };
  const outer = put(layout, mediaTypes.ociIndex, { schemaVersion: 2, manifests: [{ ...inner, platform }] });
  expect((await inspectImage(layout, outer)).platforms).toEqual({ 'linux/amd64': root.digest });
});

test.each([{}, { os: 'linux' }, { os: 1, architecture: 'amd64' }, []])(
  'a config of %j has no platform',
  async (content) => {
    const layout = new Layout(temporaryFolder());
    const config = put(layout, 'application/vnd.oci.image.config.v1+json', content);
    const root = put(layout, mediaTypes.ociManifest, { schemaVersion: 2, config, layers: [] });
    await expect(inspectImage(layout, root)).rejects.toMatchObject({ code: 'image-set-invalid' });
  },
);
