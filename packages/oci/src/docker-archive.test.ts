import { describe, expect, test } from '@jest/globals';
import { digestOf } from '@towpath/reference';
import { makeImageSet, temporaryFolder } from '@towpath/testing';
import { unpackTar } from 'modern-tar';
import { writeFileSync } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { dockerArchive, type ArchivedImage } from './docker-archive.ts';
import { Layout } from './layout.ts';

/** Returns two images on one base, with their names for Docker. */
async function images(): Promise<readonly ArchivedImage[]> {
  const source = new Layout(temporaryFolder());
  const built = await makeImageSet(source.folder, [{ name: 'web' }, { name: 'team/job' }]);
  return Promise.all(
    built.map(async (image) => {
      const manifest = await source.manifest(image);
      if (manifest.kind !== 'image') throw new Error('one platform was drafted');
      return { name: `${image.name}:build`, manifest, source };
    }),
  );
}

async function filesOf(archived: readonly ArchivedImage[]): Promise<ReadonlyMap<string, Buffer>> {
  const entries = await unpackTar(await buffer(dockerArchive(archived)));
  return new Map(entries.map(({ header, data = [] }) => [header.name, Buffer.from(data)]));
}

const parsed = (files: ReadonlyMap<string, Buffer>, path: string): unknown =>
  JSON.parse(String(files.get(path)));

describe('an archive for docker load', () => {
  test('names the config and layers of each image, in the format that every Docker version reads', async () => {
    const archived = await images();
    const files = await filesOf(archived);
    const pathOf = ({ digest }: { digest: string }) => `blobs/${digest.replace(':', '/')}`;
    expect(parsed(files, 'manifest.json')).toEqual(
      archived.map(({ name, manifest: { config, layers } }) => ({
        Config: pathOf(config),
        RepoTags: [name],
        Layers: layers.map(pathOf),
      })),
    );
  });

  test('is an OCI layout whose manifests have the names that containerd uses', async () => {
    const archived = await images();
    const files = await filesOf(archived);
    expect(parsed(files, 'oci-layout')).toEqual({ imageLayoutVersion: '1.0.0' });
    expect(parsed(files, 'index.json')).toMatchObject({
      manifests: [
        {
          digest: archived[0]?.manifest.digest,
          annotations: {
            'io.containerd.image.name': 'docker.io/library/web:build',
            'org.opencontainers.image.ref.name': 'build',
          },
        },
        { annotations: { 'io.containerd.image.name': 'docker.io/team/job:build' } },
      ],
    });
  });

  test('contains every blob unchanged, and shared blobs once', async () => {
    const archived = await images();
    const entries = await unpackTar(await buffer(dockerArchive(archived)));
    const blobs = entries.filter(({ header }) => header.name.startsWith('blobs/'));
    const named = blobs.map(({ header }) => header.name);
    // A manifest, a config and a layer for each image, and their common base.
    expect(named).toHaveLength(7);
    expect(new Set(named).size).toBe(7);
    for (const { header, data = new Uint8Array() } of blobs)
      expect(header.name).toBe(`blobs/${digestOf(Buffer.from(data)).replace(':', '/')}`);
  });

  test('fails if a blob cannot be read', async () => {
    const archived = await images();
    const [first] = archived;
    const layout = first?.source as Layout;
    writeFileSync(layout.blobPath(first?.manifest.layers[1]?.digest ?? digestOf('')), 'torn');
    await expect(buffer(dockerArchive(archived))).rejects.toMatchObject({ code: 'image-set-invalid' });
  });
});
