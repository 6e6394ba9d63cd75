import { describe, expect, test } from '@jest/globals';
import { digestOf } from '@towpath/reference';
import { makeImageSet, temporaryFolder } from '@towpath/testing';
import { readFileSync } from 'node:fs';
import { partAttestations } from './attestations.ts';
import { mediaTypes } from './descriptor.ts';
import { printIndex } from './join-platforms.ts';
import { Layout } from './layout.ts';
import { parseManifest, type ImageIndex } from './manifest.ts';

const unknown = { os: 'unknown', architecture: 'unknown' };

/** Returns an image with attestations, in the index that BuildKit writes around both. */
async function wrapped(...platforms: readonly string[]) {
  const layout = new Layout(temporaryFolder());
  const [image] = await makeImageSet(layout.folder, [{ name: 'web', platforms, attested: true }]);
  if (image === undefined) throw new Error('an image was drafted');
  const images = await Promise.all(
    Object.entries(image.platforms).map(async ([platform, digest]) => {
      const { size } = await layout.manifest({ digest, mediaType: mediaTypes.ociManifest });
      const [os = '', architecture = ''] = platform.split('/');
      const entry = { mediaType: mediaTypes.ociManifest, digest, size };
      return { ...entry, platform: { architecture, os } };
    }),
  );
  const attestations = image.attestations.map(({ digest, size, subject }) => ({
    ...{ mediaType: mediaTypes.ociManifest, digest, size, platform: unknown },
    annotations: {
      'vnd.docker.reference.digest': subject,
      'vnd.docker.reference.type': 'attestation-manifest',
    },
  }));
  return { layout, image, images, attestations };
}

function indexOf(manifests: readonly object[]): ImageIndex {
  const document = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests };
  const index = parseManifest(Buffer.from(printIndex(document)), mediaTypes.ociIndex);
  if (index.kind !== 'index') throw new Error('it is an index');
  return index;
}

describe('attestations', () => {
  test('become referrers of the plain manifest, byte for byte', async () => {
    const { layout, image, images, attestations } = await wrapped('linux/amd64');
    const { root, referrers, orphans } = await partAttestations(
      layout,
      indexOf([...images, ...attestations]),
      false,
    );
    expect(root).toMatchObject({ kind: 'image', digest: image.digest });
    expect(referrers).toEqual(image.attestations);
    expect(orphans).toBe(0);
    for (const { digest, subject } of referrers) {
      expect(digestOf(readFileSync(layout.blobPath(digest)))).toBe(digest);
      expect(subject).toBe(image.digest);
    }
  });

  test('are removed from the index of several platforms', async () => {
    const { layout, image, images, attestations } = await wrapped('linux/amd64', 'linux/arm64');
    const { root, referrers } = await partAttestations(layout, indexOf([...images, ...attestations]), true);
    expect(root.text).toBe(indexOf(images).text);
    expect(await layout.manifest(root)).toEqual(root);
    expect(referrers.map(({ subject }) => subject)).toEqual(Object.values(image.platforms));
  });

  test('without a subject cannot be referrers, and are counted', async () => {
    const { layout, images } = await wrapped('linux/amd64');
    const orphan = {
      ...images[0],
      platform: unknown,
      annotations: { 'vnd.docker.reference.type': 'attestation-manifest' },
    };
    const parted = await partAttestations(layout, indexOf([...images, orphan]), false);
    expect(parted).toMatchObject({ root: { digest: images[0]?.digest }, referrers: [], orphans: 1 });
  });
});
