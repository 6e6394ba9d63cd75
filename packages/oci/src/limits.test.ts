import { describe, expect, test } from '@jest/globals';
import { digestOf } from '@towpath/reference';
import { temporaryFolder } from '@towpath/testing';
import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { mediaTypes, type Descriptor } from './descriptor.ts';
import { scriptedServer } from './harness/scripted-server.ts';
import { Shelf } from './harness/shelf.ts';
import { inspectImage } from './inspect.ts';
import { Layout } from './layout.ts';
import { foreignLayers, parseManifest } from './manifest.ts';
import { RemoteRepository } from './remote-repository.ts';
import { readManifests } from './survey.ts';
import { bytesOf, readBytes, Transport } from './transport.ts';

const unsupported = (says: string): unknown =>
  expect.objectContaining({
    code: 'image-unsupported',
    message: expect.stringMatching(`Image web .*${says}`) as unknown,
  });

describe('an image that somebody else made', () => {
  test('of 20,000 indexes inside each other is refused after five', async () => {
    const shelf = new Shelf();
    let root = shelf.image('a');
    for (let depth = 0; depth < 20_000; depth += 1) root = shelf.index(root);
    await expect(readManifests(shelf, root, 'web')).rejects.toEqual(unsupported('more than 4 indexes'));
    expect(shelf.reads).toHaveLength(5);
    await expect(inspectImage(shelf, root)).rejects.toMatchObject({ code: 'image-unsupported' });
  });

  test('of more than 1,000 manifests is refused before they are read', async () => {
    const shelf = new Shelf();
    const root = shelf.index(...Array.from({ length: 1_000 }, (_, index) => shelf.image(String(index))));
    await expect(readManifests(shelf, root, 'web')).rejects.toEqual(unsupported('more than 1000 manifests'));
    expect(shelf.reads).toHaveLength(1);
  });

  test('with a manifest of 1.9 GB, as its descriptor says, is refused before it is read', async () => {
    const shelf = new Shelf();
    const root = shelf.index({ ...shelf.image('a'), size: 1_900_000_000 });
    await expect(readManifests(shelf, root, 'web')).rejects.toEqual(unsupported('1900000000 bytes'));
    expect(shelf.reads).toHaveLength(1);
  });

  test('with more than 64 MiB of manifests is refused', async () => {
    const shelf = new Shelf();
    const layer = { ...shelf.blobOf('x'), annotations: { note: 'x'.repeat(4_000_000) } };
    const root = shelf.index(...Array.from({ length: 20 }, (_, index) => shelf.image(String(index), layer)));
    await expect(readManifests(shelf, root, 'web')).rejects.toEqual(unsupported('bytes of manifests'));
  });

  test('with more than 1,000 layers is refused', async () => {
    const shelf = new Shelf();
    const layer = shelf.blobOf('x');
    const image = shelf.image('a', ...Array.from({ length: 1_001 }, () => layer));
    await expect(readManifests(shelf, image, 'web')).rejects.toEqual(unsupported('more than 1000 layers'));
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
  ] as const)('of which a child is listed with %s is refused', async (_, list, says) => {
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
  ])('with a manifest that Go reads differently is refused: %s', (text) => {
    const bytes = Buffer.from(text.replace('DIGEST', 'a'.repeat(64)));
    expect(() => parseManifest(bytes, mediaTypes.ociIndex)).toThrow(
      expect.objectContaining({ code: 'image-set-invalid' }),
    );
  });

  test('may have annotations that differ in case, and strings with quotes', () => {
    const text = String.raw`{"manifests":[],"annotations":{"Size":"a","size":"b","x":"\"size\":\\"}}`;
    expect(parseManifest(Buffer.from(text), mediaTypes.ociIndex).annotations).toHaveProperty('Size', 'a');
  });

  test('has layers that registries do not store if they are foreign or have addresses', () => {
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
  test('is none of its platforms, unless it claims one, which runtimes would choose it by', async () => {
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

describe('a layout that somebody else made', () => {
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
      /cannot be read/,
    ],
    [
      'a pipe',
      (path) => {
        execFileSync('mkfifo', [path]);
      },
      /is not a file/,
    ],
    [
      'a folder',
      (path) => {
        mkdirSync(path);
      },
      /is not a file/,
    ],
    [
      'a sparse file of 1.9 GB',
      (path) => {
        writeFileSync(path, '');
        truncateSync(path, 1_900_000_000);
      },
      /bytes/,
    ],
  ])('with %s for a manifest or a blob is refused at once', async (_, make, says) => {
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

  test('with a pipe for its index is refused at once', async () => {
    const { layout } = await layoutOf();
    execFileSync('mkfifo', [join(layout.folder, 'index.json')]);
    await expect(layout.index()).rejects.toThrow('is not a file');
  });
});

describe('a registry that does not come to an end', () => {
  const host = 'registry.example';
  const clock = { sleep: () => Promise.resolve() };

  const transportTo = (url: string, window = 200) =>
    new Transport({
      authorize: () => Promise.resolve(undefined),
      endpoints: new Map([[host, new URL(url)]]),
      env: {},
      patience: { answer: 300, window, rate: 4096 },
    });

  test('with pages of tags that bring nothing new is left', async () => {
    let pages = 0;
    await using server = await scriptedServer((_, response) => {
      pages += 1;
      response.writeHead(200, { link: `</v2/app/tags/list?last=${pages}>; rel="next"` });
      response.end(JSON.stringify({ tags: ['same'] }));
    });
    const repository = new RemoteRepository(transportTo(server.url), { clock }, host, 'app');
    await expect(repository.tags()).rejects.toMatchObject({
      code: 'outside-failed',
      message: expect.stringContaining('does not end') as unknown,
    });
    expect(pages).toBe(2);
  });

  test('with a byte now and then in a small answer is left', async () => {
    await using server = await scriptedServer((_, response) => {
      const timer = setInterval(() => response.write(' '), 20);
      response.once('close', () => {
        clearInterval(timer);
      });
    });
    const response = await transportTo(server.url, 60_000).send({
      method: 'GET',
      url: new URL(`https://${host}/v2/`),
    });
    await expect(readBytes(response)).rejects.toThrow('longer than 0.3 s');
  });

  test('with a byte now and then in a blob is left, and one that keeps a slow pace is not', async () => {
    await using server = await scriptedServer(({ url = '' }, response) => {
      const isSlow = url.includes('honest');
      let left = isSlow ? 40 : Infinity;
      const timer = setInterval(() => {
        response.write(isSlow ? 'x'.repeat(1000) : 'x');
        if ((left -= 1) === 0) response.end();
      }, 20);
      response.once('close', () => {
        clearInterval(timer);
      });
    });
    const get = async (path: string): Promise<number> => {
      const url = new URL(`https://${host}/v2/${path}`);
      let size = 0;
      for await (const chunk of bytesOf(await transportTo(server.url).send({ method: 'GET', url })))
        size += chunk.length;
      return size;
    };
    await expect(get('trickle')).rejects.toThrow('less than 4096 bytes a second');
    expect(await get('honest')).toBe(40_000);
  });

  test('with a length that is too large is left before the body comes', async () => {
    await using server = await scriptedServer((_, response) => {
      response.writeHead(200, { 'content-length': 2 ** 31 }).write('{');
    });
    const response = await transportTo(server.url).send({
      method: 'GET',
      url: new URL(`https://${host}/v2/`),
    });
    await expect(readBytes(response)).rejects.toThrow('more than 4194304 bytes');
  });
});
