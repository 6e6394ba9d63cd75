import { describe, expect, test } from '@jest/globals';
import { digestOf } from '@towpath/reference';
import { makeImageSet, temporaryFolder, writeFiles, type ImageDraft } from '@towpath/testing';
import { readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { mediaTypes, type Descriptor } from './descriptor.ts';
import { Layout, LayoutWriter } from './layout.ts';
import { blobsOf } from './manifest.ts';

const web: ImageDraft = { name: 'web', platforms: ['linux/amd64', 'linux/arm64'] };

/** Returns a layout with images, and their descriptors. */
async function layoutOf(
  ...drafts: readonly ImageDraft[]
): Promise<{ layout: Layout; roots: readonly Descriptor[] }> {
  const layout = new Layout(temporaryFolder());
  return { layout, roots: await makeImageSet(layout.folder, drafts) };
}

async function only(draft: ImageDraft): Promise<{ layout: Layout; root: Descriptor }> {
  const { layout, roots } = await layoutOf(draft);
  const [root] = roots;
  if (root === undefined) throw new Error('an image was drafted');
  return { layout, root };
}

/** Returns the paths of all files of a layout. */
function filesOf({ folder }: Layout): string[] {
  return readdirSync(join(folder, 'blobs/sha256'));
}

/** Writes an index of these manifests into a layout. */
async function putIndex(layout: Layout, manifests: readonly Descriptor[]): Promise<Descriptor> {
  const document = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests };
  const text = JSON.stringify(document);
  const digest = digestOf(Buffer.from(text));
  await layout.put({ digest, text });
  return { mediaType: mediaTypes.ociIndex, digest, size: Buffer.byteLength(text) };
}

const invalid = (message: RegExp): unknown =>
  expect.objectContaining({
    code: 'image-set-invalid',
    message: expect.stringMatching(message) as unknown,
    hint: expect.stringContaining('Build again') as unknown,
  });

describe('a layout', () => {
  test('returns its index, its manifests and its blobs', async () => {
    const { layout, root } = await only({ name: 'backend' });
    const index = await layout.index();
    expect(index.manifests.map(({ digest }) => digest)).toEqual([root.digest]);
    const manifest = await layout.manifest(root);
    const [, , layer] = blobsOf(manifest);
    if (layer === undefined) throw new Error('the draft has two layers');
    expect(await text(await layout.blob(layer))).toBe('backend for linux/amd64');
  });

  test.each<{ name: string; files: Record<string, string>; says: RegExp }>([
    { name: 'without an index', files: {}, says: /index\.json cannot be read/ },
    {
      name: 'with a truncated index',
      files: { 'index.json': '{"manifests":[' },
      says: /neither an image nor an index/,
    },
  ])('is rejected $name', async ({ files, says }) => {
    const folder = temporaryFolder();
    writeFiles(folder, files);
    await expect(new Layout(folder).index()).rejects.toThrow(says);
    await expect(new Layout(folder).index()).rejects.toMatchObject({ code: 'image-set-invalid' });
  });

  test('is rejected if its index is an image', async () => {
    const { layout, root } = await only({ name: 'backend' });
    writeFileSync(join(layout.folder, 'index.json'), readFileSync(layout.blobPath(root.digest)));
    await expect(layout.index()).rejects.toEqual(invalid(/is not an image index/));
  });

  test('whose manifest is missing is incomplete', async () => {
    const { layout, root } = await only({ name: 'backend' });
    rmSync(layout.blobPath(root.digest));
    await expect(layout.manifest(root)).rejects.toEqual(invalid(/cannot be read/));
  });

  test('whose manifest was edited is refused', async () => {
    const { layout, root } = await only({ name: 'backend' });
    writeFileSync(layout.blobPath(root.digest), `${readFileSync(layout.blobPath(root.digest), 'utf8')} `);
    await expect(layout.manifest(root)).rejects.toEqual(invalid(/another digest/));
  });

  test.each([
    {
      name: 'is missing',
      spoil: (path: string) => {
        rmSync(path);
      },
      says: /cannot be read/,
    },
    {
      name: 'is truncated',
      spoil: (path: string) => {
        truncateSync(path, 3);
      },
      says: /has 3 bytes instead of 15/,
    },
  ])('whose layer $name is incomplete', async ({ spoil, says }) => {
    const { layout } = await only({ name: 'backend' });
    const layer = { mediaType: '', digest: digestOf('the base of all'), size: 15 };
    spoil(layout.blobPath(layer.digest));
    await expect(layout.blob(layer)).rejects.toEqual(invalid(says));
  });
});

test('accepts the same manifest from several writers at once', async () => {
  const layout = new Layout(temporaryFolder());
  const text = '{"schemaVersion":2}';
  const manifest = { digest: digestOf(Buffer.from(text)), text };
  await Promise.all(Array.from({ length: 8 }, () => layout.put(manifest)));
  expect(filesOf(layout)).toEqual([manifest.digest.replace('sha256:', '')]);
});

describe('a new layout', () => {
  test('takes all content of an image, and leaves nothing behind', async () => {
    const { layout, root } = await only(web);
    const files = filesOf(layout);
    const target = new Layout(temporaryFolder());
    const writer = new LayoutWriter(target.folder);
    await writer.adopt(layout, root);
    expect(filesOf(target).sort()).toEqual(files.sort());
    expect(filesOf(layout)).toEqual([]);
  });

  test('stores shared content of images once', async () => {
    const [one, other] = [await only({ name: 'backend' }), await only(web)];
    const target = new Layout(temporaryFolder());
    const writer = new LayoutWriter(target.folder);
    await writer.adopt(one.layout, one.root);
    await writer.adopt(other.layout, other.root);
    // A manifest, a config and a layer for each platform; an index; and the base that all share.
    expect(filesOf(target)).toHaveLength(3 * 3 + 1 + 1);
    expect(await target.manifest(other.root)).toMatchObject({ kind: 'index' });
  });

  test('takes equal images once, even if the second finds its content already moved', async () => {
    // As in the builds of one run: each has its own layout, and all share one blobs folder.
    const { layout, root } = await only(web);
    const files = filesOf(layout);
    const target = new Layout(temporaryFolder());
    const writer = new LayoutWriter(target.folder);
    await writer.adopt(layout, root);
    await writer.adopt(new Layout(layout.folder), root);
    expect(filesOf(target).sort()).toEqual(files.sort());
  });

  test('takes indexes that share a child or list a child twice', async () => {
    const { layout, root } = await only({ name: 'backend' });
    const child = { mediaType: root.mediaType, digest: root.digest, size: root.size };
    const once = await putIndex(layout, [child]);
    const twice = await putIndex(layout, [child, child]);
    const target = new Layout(temporaryFolder());
    const writer = new LayoutWriter(target.folder);
    for (const index of [once, twice, root]) await writer.adopt(layout, index);
    for (const index of [once, twice, root]) expect(await target.manifest(index)).toBeDefined();
    expect(filesOf(layout)).toEqual([]);
  });

  test('rejects an image without any content, even after another image', async () => {
    const [one, other] = [await only({ name: 'backend' }), await only(web)];
    const writer = new LayoutWriter(temporaryFolder());
    await writer.adopt(one.layout, one.root);
    await expect(writer.adopt(one.layout, other.root)).rejects.toEqual(invalid(/cannot be read/));
  });

  test('is invalid until it is closed, and then lists its images by name', async () => {
    const { layout, root } = await only({ name: 'backend' });
    const target = new Layout(temporaryFolder());
    const writer = new LayoutWriter(target.folder);
    await writer.adopt(layout, root);
    await expect(target.index()).rejects.toThrow('index.json cannot be read');
    const offered = {
      mediaType: root.mediaType,
      digest: root.digest,
      size: root.size,
      annotations: { 'org.opencontainers.image.ref.name': 'backend' },
    };
    await writer.close([offered]);
    expect((await target.index()).manifests).toEqual([offered]);
    expect(JSON.parse(readFileSync(join(target.folder, 'oci-layout'), 'utf8'))).toEqual({
      imageLayoutVersion: '1.0.0',
    });
    expect(readdirSync(target.folder).sort()).toEqual(['blobs', 'index.json', 'oci-layout']);
  });

  test.each([
    {
      name: 'is missing',
      spoil: (path: string) => {
        rmSync(path);
      },
    },
    {
      name: 'has another size',
      spoil: (path: string) => {
        truncateSync(path, 3);
      },
    },
  ])('rejects an image with a blob that $name', async ({ spoil }) => {
    const { layout, root } = await only({ name: 'backend' });
    spoil(layout.blobPath(digestOf('the base of all')));
    await expect(new LayoutWriter(temporaryFolder()).adopt(layout, root)).rejects.toEqual(
      invalid(/Blob sha256:/),
    );
  });

  test('rejects an image with an edited manifest', async () => {
    const { layout, root } = await only(web);
    const index = await layout.manifest(root);
    const [child] = index.kind === 'index' ? index.manifests : [];
    if (child === undefined) throw new Error('the draft has two platforms');
    writeFileSync(layout.blobPath(child.digest), '{}');
    await expect(new LayoutWriter(temporaryFolder()).adopt(layout, root)).rejects.toEqual(
      invalid(/another digest/),
    );
  });

  test('works without layers that cannot be distributed', async () => {
    const layout = new Layout(temporaryFolder());
    const config = { mediaType: 'application/vnd.oci.image.config.v1+json', digest: digestOf('{}'), size: 2 };
    const foreign = {
      mediaType: 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip',
      digest: digestOf('windows'),
      size: 7,
    };
    const manifest = JSON.stringify({ schemaVersion: 2, config, layers: [foreign] });
    const root = { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest: digestOf(manifest) };
    writeFiles(layout.folder, {
      [`blobs/sha256/${config.digest.slice(7)}`]: '{}',
      [`blobs/sha256/${root.digest.slice(7)}`]: manifest,
    });
    const target = new Layout(temporaryFolder());
    await new LayoutWriter(target.folder).adopt(layout, root);
    expect(filesOf(target)).toHaveLength(2);
  });
});
