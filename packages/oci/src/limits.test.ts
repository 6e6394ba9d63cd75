import { describe, expect, test } from '@jest/globals';
import type { CodedError } from '@towpath/errors';
import { digestOf } from '@towpath/reference';
import { temporaryFolder } from '@towpath/testing/folder';
import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { mediaTypes, type Descriptor } from './descriptor.ts';
import { Shelf } from './harness/shelf.ts';
import { inspectImage } from './inspect.ts';
import { Layout } from './layout.ts';
import { foreignLayers, parseManifest } from './manifest.ts';
import { SetLimits } from './reading-limits.ts';
import { readManifests } from './survey.ts';

const unsupported = (says: string): unknown =>
  expect.objectContaining({
    code: 'image-unsupported',
    message: expect.stringMatching(`Image web .*${says}`) as unknown,
  });

describe('an untrusted image', () => {
  test('with 20,000 nested indexes is rejected after five', async () => {
    const shelf = new Shelf();
    let root = shelf.image('a');
    for (let depth = 0; depth < 20_000; depth += 1) root = shelf.index(root);
    await expect(readManifests(shelf, root, 'web')).rejects.toEqual(unsupported('more than 4 indexes'));
    expect(shelf.reads).toHaveLength(5);
    await expect(inspectImage(shelf, root)).rejects.toMatchObject({ code: 'image-unsupported' });
  });

  test('with more than 1,000 manifests is rejected before they are read', async () => {
    const shelf = new Shelf();
    const root = shelf.index(...Array.from({ length: 1_000 }, (_, index) => shelf.image(String(index))));
    await expect(readManifests(shelf, root, 'web')).rejects.toEqual(unsupported('more than 1000 manifests'));
    expect(shelf.reads).toHaveLength(1);
  });

  test('whose descriptor claims a manifest of 1.9 GB is rejected before it is read', async () => {
    const shelf = new Shelf();
    const root = shelf.index({ ...shelf.image('a'), size: 1_900_000_000 });
    await expect(readManifests(shelf, root, 'web')).rejects.toEqual(unsupported('1900000000 bytes'));
    expect(shelf.reads).toHaveLength(1);
  });

  test('with more than 64 MiB of manifests is rejected', async () => {
    const shelf = new Shelf();
    const layer = { ...shelf.blobOf('x'), annotations: { note: 'x'.repeat(4_000_000) } };
    const root = shelf.index(...Array.from({ length: 20 }, (_, index) => shelf.image(String(index), layer)));
    await expect(readManifests(shelf, root, 'web')).rejects.toEqual(unsupported('bytes of manifests'));
  });

  test('with more than 1,000 layers is rejected', async () => {
    const shelf = new Shelf();
    const layer = shelf.blobOf('x');
    const image = shelf.image('a', ...Array.from({ length: 1_001 }, () => layer));
    await expect(readManifests(shelf, image, 'web')).rejects.toEqual(unsupported('more than 1000 layers'));
  });

  test("with a layer larger than Amazon ECR's limit is rejected", async () => {
    const shelf = new Shelf();
    const size = 52_000 * 2 ** 20;
    const layer = shelf.blobOf('x');
    const largest = shelf.index(shelf.image('a', { ...layer, size }));
    expect(await readManifests(shelf, largest, 'web')).toHaveLength(2);
    const root = shelf.index(shelf.image('a', { ...layer, size: size + 1 }));
    await expect(readManifests(shelf, root, 'web')).rejects.toEqual(
      unsupported(`layer ${layer.digest} of ${size + 1} bytes; Amazon ECR stores ${size}`),
    );
  });

  test.each([
    ['of another size', (child: Descriptor) => ({ ...child, size: 6 })],
    ['of another digest', (child: Descriptor) => ({ ...child, digest: digestOf('y') })],
    ['of other content', (child: Descriptor) => ({ ...child, data: btoa('other') })],
    ['that is not base64', (child: Descriptor) => ({ ...child, data: '%%' })],
  ] as const)('with inline data %s is rejected', async (_, change) => {
    const shelf = new Shelf();
    const whole = { ...shelf.blobOf('small'), data: btoa('small') };
    expect(await readManifests(shelf, shelf.image('a', whole), 'web')).toHaveLength(1);
    for (const root of [shelf.image('a', change(whole)), shelf.index(shelf.image('b'), change(whole))])
      await expect(readManifests(shelf, root, 'web')).rejects.toMatchObject({
        code: 'digest-mismatch',
        message: expect.stringMatching('Image web: .*has data for .* another digest or size') as unknown,
      });
  });

  test('with a config of more than 8 MiB is rejected before it is read', async () => {
    const shelf = new Shelf();
    const config = { ...shelf.blobOf('{}'), size: 8 * 2 ** 20 + 1 };
    const root = shelf.manifestOf({ config, layers: [] });
    await expect(inspectImage(shelf, root, { name: 'web' })).rejects.toEqual(
      unsupported('more than 8388608 bytes'),
    );
  });

  test.each([
    ['manifests', `{"manifests":[${'0,'.repeat(2_000_000)}0]}`],
    ['layers', `{"config":{},"layers":[${'0,'.repeat(2_000_000)}0]}`],
    ['addresses', `{"manifests":[{"urls":[${'0,'.repeat(2_000_000)}0]}]}`],
    [
      'annotations',
      `{"manifests":[],"annotations":{${Array.from({ length: 300_000 }, (_, index) => `"${index}":0`).join()}}}`,
    ],
  ])('with a million wrong %s is rejected within a second', (_, text) => {
    const started = performance.now();
    expect(() => parseManifest(Buffer.from(text), mediaTypes.ociIndex)).toThrow(
      expect.objectContaining({ code: 'image-set-invalid' }),
    );
    expect(performance.now() - started).toBeLessThan(2_000);
  });

  test.each([
    ['another size', (child: Descriptor) => [{ ...child, size: child.size + 1 }], /bytes instead of/],
    [
      'the type of an index',
      (child: Descriptor) => [{ ...child, mediaType: mediaTypes.ociIndex }],
      /not of type/,
    ],
    [
      'two types',
      (child: Descriptor) => [child, { ...child, mediaType: mediaTypes.ociIndex }],
      /is listed as .* and as/,
    ],
  ] as const)('with a child listed with %s is rejected', async (_, list, says) => {
    const shelf = new Shelf();
    const root = shelf.index(...list(shelf.image('a')));
    await expect(readManifests(shelf, root, 'web')).rejects.toThrow(says);
  });

  test.each([
    '{"schemaVersion":2,"manifests":[],"manifests":[]}',
    '{"schemaVersion":2,"manifests":[],"Manifests":[]}',
    '{"schemaVersion":2,"Manifests":[],"manifests":[]}',
    '{"schemaVersion":2,"manifests":[],"\\u006danifests":[]}',
    '{"schemaVersion":2,"manifests":[{"digest":"sha256:DIGEST","Digest":"x","size":1,"mediaType":"x"}]}',
    '\ufeff{"schemaVersion":2,"manifests":[]}',
  ])('with a manifest that Go reads differently is rejected: %s', (text) => {
    const bytes = Buffer.from(text.replace('DIGEST', 'a'.repeat(64)));
    expect(() => parseManifest(bytes, mediaTypes.ociIndex)).toThrow(
      expect.objectContaining({ code: 'image-set-invalid' }),
    );
  });

  test('may have annotations that differ in case, and strings with quotes', () => {
    const text = String.raw`{"manifests":[],"annotations":{"Size":"a","size":"b","x":"\"size\":\\"}}`;
    expect(parseManifest(Buffer.from(text), mediaTypes.ociIndex).annotations).toHaveProperty('Size', 'a');
  });

  test('has layers that registries do not store if they are foreign or have their own URLs', () => {
    const layer = { mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: digestOf('x'), size: 1 };
    const layers = [
      layer,
      { ...layer, urls: [] },
      { ...layer, urls: ['https://elsewhere.example/x'] },
      { ...layer, mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip' },
    ];
    const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, config: layer, layers }));
    expect(foreignLayers(parseManifest(bytes, mediaTypes.ociManifest))).toHaveLength(2);
  });
});

describe('an artifact in an index', () => {
  test('is not a platform unless it has a platform, because runtimes would select it', async () => {
    const shelf = new Shelf();
    const platform = { os: 'linux', architecture: 'amd64' };
    const image = { ...shelf.image('a'), platform };
    const artifact = shelf.image('sbom', shelf.blobOf('{}'));
    expect((await inspectImage(shelf, shelf.index(image, artifact))).platforms).toEqual({
      'linux/amd64': image.digest,
    });
    const claiming = { ...artifact, platform: { os: 'linux', architecture: 'arm64' } };
    const { platforms } = await inspectImage(shelf, shelf.index(shelf.index(image), claiming));
    expect(platforms).toEqual({ 'linux/amd64': image.digest, 'linux/arm64': artifact.digest });
  });
});

describe('an untrusted layout', () => {
  const text = '{"schemaVersion":2,"manifests":[]}';
  const digest = digestOf(Buffer.from(text));
  const root = { digest, mediaType: mediaTypes.ociIndex, size: text.length };

  async function layoutOf(): Promise<{ layout: Layout; path: string }> {
    const layout = new Layout(temporaryFolder());
    await layout.put({ digest, text });
    return { layout, path: layout.blobPath(digest) };
  }

  test.each<[string, (path: string) => void, RegExp]>([
    [
      'a symbolic link',
      (path) => {
        symlinkSync('aside', path);
      },
      /is a symbolic link, not a file/,
    ],
    [
      'a pipe',
      (path) => {
        execFileSync('mkfifo', [path]);
      },
      /is a pipe, not a file/,
    ],
    [
      'a folder',
      (path) => {
        mkdirSync(path);
      },
      /is a folder, not a file/,
    ],
    [
      'a sparse file of 1.9 GB',
      (path) => {
        writeFileSync(path, '');
        truncateSync(path, 1_900_000_000);
      },
      /bytes/,
    ],
  ])('with %s for a manifest or a blob is rejected at once', async (_, make, says) => {
    const { layout, path } = await layoutOf();
    renameSync(path, join(dirname(path), 'aside'));
    make(path);
    await expect(layout.manifest(root)).rejects.toThrow(says);
    await expect(layout.blob(root)).rejects.toMatchObject({ code: 'image-set-invalid' });
  });

  test.each(['blobs', 'blobs/sha256'])('with a link for %s is refused', async (folder) => {
    const { layout } = await layoutOf();
    renameSync(join(layout.folder, folder), join(layout.folder, 'aside'));
    symlinkSync(join(layout.folder, 'aside'), join(layout.folder, folder));
    await expect(layout.manifest(root)).rejects.toThrow('behind a symbolic link');
    expect((await new Layout(layout.folder, { linkedBlobs: true }).manifest(root)).digest).toBe(digest);
  });

  test('with a pipe for its index is rejected at once', async () => {
    const { layout } = await layoutOf();
    execFileSync('mkfifo', [join(layout.folder, 'index.json')]);
    await expect(layout.index()).rejects.toThrow('is a pipe, not a file');
  });
});

describe('the images of one step', () => {
  test('have at most 20,000 manifests, regardless of the number of images', async () => {
    const shelf = new Shelf();
    const root = shelf.index(...Array.from({ length: 99 }, (_, index) => shelf.image(String(index))));
    const set = new SetLimits();
    for (let index = 0; index < 200; index += 1) await readManifests(shelf, root, 'web', { set });
    const reads = shelf.reads.length;
    await expect(readManifests(shelf, root, 'api', { set })).rejects.toMatchObject({
      code: 'image-unsupported',
      message: expect.stringMatching(/Image api and .* more than 20000 manifests/) as unknown,
    });
    expect(shelf.reads.length).toBe(reads);
  });

  test('have at most 256 MiB of manifests, counted before they are read', async () => {
    const shelf = new Shelf();
    const layer = { ...shelf.blobOf('x'), annotations: { note: 'x'.repeat(4_000_000) } };
    const root = shelf.image('a', layer);
    const manifest = await shelf.manifest(root);
    let reads = 0;
    const source = {
      manifest: () => {
        reads += 1;
        return Promise.resolve(manifest);
      },
    };
    const set = new SetLimits();
    const all = Array.from({ length: 10_000 }, (_, index) =>
      readManifests(source, root, `image-${index}`, { set }).then(
        () => 'read',
        (error: unknown) => (error as CodedError).message,
      ),
    );
    const ends = await Promise.all(all);
    expect(reads).toBe(67);
    expect(ends[67]).toMatch(/Image image-67 and .* more than 268435456 bytes of manifests/);
  });
});
