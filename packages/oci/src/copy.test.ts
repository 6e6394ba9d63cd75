import { describe, expect, test } from '@jest/globals';
import { digestOf, type Digest } from '@towpath/reference';
import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { copyGraph, surveyGraph, type ContentSource, type ContentTarget, type Presence } from './copy.ts';
import { mediaTypes, type Descriptor } from './descriptor.ts';
import { parseManifest, type Manifest } from './manifest.ts';

/** Content in memory, which counts how often it is read. */
class Shelf implements ContentSource {
  readonly reads: string[] = [];
  readonly #bytes = new Map<Digest, Buffer>();

  blobOf(content: string, mediaType = 'application/vnd.oci.image.layer.v1.tar'): Descriptor {
    const bytes = Buffer.from(content);
    const digest = digestOf(bytes);
    this.#bytes.set(digest, bytes);
    return { mediaType, digest, size: bytes.length };
  }

  image(name: string, ...layers: readonly Descriptor[]): Descriptor {
    const config = this.blobOf(`config of ${name}`);
    return this.#put({ mediaType: mediaTypes.ociManifest, config, layers });
  }

  index(...manifests: readonly Descriptor[]): Descriptor {
    return this.#put({ mediaType: mediaTypes.ociIndex, manifests });
  }

  manifest({ digest, mediaType }: Pick<Descriptor, 'digest' | 'mediaType'>): Promise<Manifest> {
    this.reads.push(digest);
    return Promise.resolve(parseManifest(this.#bytes.get(digest) ?? Buffer.alloc(0), mediaType));
  }

  blob({ digest }: Descriptor): Promise<Readable> {
    return Promise.resolve(Readable.from([this.#bytes.get(digest)]));
  }

  #put(content: Readonly<Record<string, unknown>> & { readonly mediaType: string }): Descriptor {
    return this.blobOf(JSON.stringify({ schemaVersion: 2, ...content }), content.mediaType);
  }
}

/** What a target has, and what it was asked for. */
function presence(...has: readonly Descriptor[]): Presence & { readonly asked: (readonly Digest[])[] } {
  const digests = new Set(has.map(({ digest }) => digest));
  const asked: (readonly Digest[])[] = [];
  const found = (some: readonly Digest[]) => Promise.resolve(new Set(some.filter((one) => digests.has(one))));
  return {
    asked,
    manifests: found,
    blobs: (some) => {
      asked.push(some);
      return found(some);
    },
  };
}

describe('the survey of an image', () => {
  test('finds every manifest once, children before what refers to them, whatever the shape', async () => {
    const shelf = new Shelf();
    const [a, b] = [shelf.image('a'), shelf.image('b')];
    const inner = shelf.index(a, b);
    // It names the inner index after what is in it, and twice.
    const root = shelf.index(b, inner, a, inner);
    const { manifests } = await surveyGraph(shelf, root, presence());
    const order = manifests.map(({ manifest }) => manifest.digest);
    expect(new Set(order)).toEqual(new Set([a, b, inner, root].map(({ digest }) => digest)));
    expect(order).toHaveLength(4);
    expect(order.slice(2)).toEqual([inner.digest, root.digest]);
    expect(shelf.reads).toHaveLength(4);
  });

  test('of indexes that double at each floor ends', async () => {
    const shelf = new Shelf();
    let root = shelf.image('a');
    for (let floor = 0; floor < 40; floor += 1) root = shelf.index(root, root);
    const { manifests } = await surveyGraph(shelf, root, presence());
    expect(manifests).toHaveLength(41);
  });

  test('finds every blob once, and asks for each once', async () => {
    const shelf = new Shelf();
    const base = shelf.blobOf('base');
    const [only, twice] = [shelf.blobOf('only'), shelf.blobOf('twice')];
    const root = shelf.index(shelf.image('a', base, only), shelf.image('b', base, twice, twice));
    const asked = presence(only);
    const { blobs } = await surveyGraph(shelf, root, asked);
    expect(blobs).toHaveLength(5);
    expect(blobs.filter(({ present }) => present).map(({ descriptor }) => descriptor)).toEqual([only]);
    expect(asked.asked.map((some) => some.length)).toEqual([5]);
  });

  test('asks for nothing below a root that is there', async () => {
    const shelf = new Shelf();
    const root = shelf.index(shelf.image('a', shelf.blobOf('base')));
    const asked = presence(root);
    const { manifests, blobs } = await surveyGraph(shelf, root, asked);
    expect([...manifests, ...blobs].map(({ present }) => present)).toEqual([true, true, true, true]);
    expect(asked.asked).toEqual([]);
  });

  test('asks for nothing of a child that is there, but for what another child needs', async () => {
    const shelf = new Shelf();
    const [shared, own, other] = ['shared', 'own', 'other'].map((content) => shelf.blobOf(content)) as [
      Descriptor,
      Descriptor,
      Descriptor,
    ];
    const [there, missing] = [shelf.image('there', shared, own), shelf.image('missing', shared, other)];
    const asked = presence(there);
    const { manifests, blobs } = await surveyGraph(shelf, shelf.index(there, missing), asked);
    expect(manifests.map(({ present }) => present)).toEqual([true, false, false]);
    const lacks = blobs.filter(({ present }) => !present).map(({ descriptor }) => descriptor.digest);
    expect(new Set(lacks)).toEqual(new Set([shared.digest, digestOf('config of missing'), other.digest]));
    expect(asked.asked.flat()).not.toContain(own.digest);
  });

  test('leaves out the layers that registries do not hold', async () => {
    const shelf = new Shelf();
    const foreign = shelf.blobOf('windows', 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip');
    const { blobs } = await surveyGraph(shelf, shelf.image('a', foreign), presence());
    expect(blobs.map(({ descriptor }) => descriptor.digest)).toEqual([digestOf('config of a')]);
  });
});

/** A target that notes what begins and ends, and lets the test decide how. */
function notingTarget(put: (blob: Descriptor) => Promise<void> = () => Promise.resolve()) {
  const begun: Digest[] = [];
  const ended: Digest[] = [];
  const target: ContentTarget = {
    putBlob: async (blob, open) => {
      begun.push(blob.digest);
      (await open()).resume();
      await put(blob).finally(() => ended.push(blob.digest));
    },
    putManifest: ({ digest }) => {
      begun.push(digest);
      ended.push(digest);
      return Promise.resolve();
    },
  };
  return { target, begun, ended };
}

describe('the copy of an image', () => {
  /** Ten layers, the longest last. */
  async function bigImage(...has: readonly Descriptor[]) {
    const shelf = new Shelf();
    const layers = Array.from({ length: 10 }, (_, size) => shelf.blobOf('x'.repeat(100 + size)));
    const image = shelf.image('big', ...layers);
    const root = shelf.index(image);
    return { shelf, layers, image, root, graph: await surveyGraph(shelf, root, presence(...has)) };
  }

  test('brings the biggest blobs first, and manifests in their order when all blobs are there', async () => {
    const { shelf, layers, image, root, graph } = await bigImage();
    const { target, begun, ended } = notingTarget(async () => {
      await setImmediate();
    });
    await copyGraph(graph, shelf, target);
    const bySize = layers.map(({ digest }) => digest).reverse();
    expect(begun).toEqual([...bySize, digestOf('config of big'), image.digest, root.digest]);
    expect(ended.slice(-2)).toEqual([image.digest, root.digest]);
  });

  test('brings nothing that is there', async () => {
    const { shelf, root, graph } = await bigImage();
    const { target, begun } = notingTarget();
    await copyGraph(await surveyGraph(shelf, root, presence(root)), shelf, target);
    expect(begun).toEqual([]);
    const present = graph.blobs.slice(1).map(({ descriptor }) => descriptor);
    await copyGraph(await surveyGraph(shelf, root, presence(...present)), shelf, target);
    expect(begun).toHaveLength(3);
  });

  test('of which a blob fails begins nothing more, and ends with what was under way', async () => {
    const { shelf, graph, layers } = await bigImage();
    const biggest = layers.at(-1)?.digest;
    const { target, begun, ended } = notingTarget(async ({ digest }) => {
      if (digest === biggest) throw new Error('the registry refused it');
      await setImmediate();
      await setImmediate();
    });
    await expect(copyGraph(graph, shelf, target)).rejects.toThrow('the registry refused it');
    expect(begun).toHaveLength(6);
    expect([...ended].sort()).toEqual([...begun].sort());
  });
});
