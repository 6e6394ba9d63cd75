import { describe, expect, test } from '@jest/globals';
import { digestOf } from '@towpath/reference';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { copyImages, type ContentTarget, type ImageCopy } from './copy.ts';
import type { Descriptor } from './descriptor.ts';
import { presence, Shelf } from './harness/shelf.ts';
import { readManifests, surveyGraph, type RepositoryRef } from './survey.ts';

/** A registry that records when its requests start and end. The test decides how they end. */
function notingRegistry({
  put = () => Promise.resolve(),
  mounts = true,
  knows,
}: {
  put?: (blob: Descriptor, repository: string, signal?: AbortSignal) => Promise<void>;
  mounts?: boolean;
  /** Answers whether it mounts. */
  knows?: () => Promise<boolean | undefined>;
} = {}) {
  const begun: string[] = [];
  const ended: string[] = [];
  /** Blobs by `repository from lender`. */
  const mounted: string[] = [];
  /** The number of mount requests, successful or not. */
  const asked: string[] = [];
  const repository = (name: string): ContentTarget => ({
    ref: { host: 'registry.example', repository: name },
    ...(knows !== undefined && { mounts: knows }),
    putBlob: async (blob, open, from, signal) => {
      begun.push(blob.digest);
      if (from !== undefined) asked.push(`${name} from ${from}`);
      if (from !== undefined && mounts) {
        mounted.push(`${name} from ${from}`);
        ended.push(blob.digest);
        return 'mounted';
      }
      (await open()).resume();
      await put(blob, name, signal).finally(() => ended.push(blob.digest));
      return 'uploaded';
    },
    putManifest: async ({ digest }, tag) => {
      begun.push(tag ?? digest);
      await setImmediate();
      ended.push(digest);
      return tag !== undefined;
    },
  });
  return { repository, begun, ended, mounted, asked };
}

async function copyOf(
  shelf: Shelf & { readonly ref?: RepositoryRef },
  root: Descriptor,
  target: ContentTarget,
  ...has: readonly Descriptor[]
): Promise<ImageCopy> {
  return {
    graph: await surveyGraph(await readManifests(shelf, root), presence(...has)),
    source: shelf,
    target,
  };
}

describe('copying an image', () => {
  /** Returns an image with many layers, the largest last. */
  function bigImage(count = 10) {
    const shelf = new Shelf();
    const layers = Array.from({ length: count }, (_, size) => shelf.blobOf('x'.repeat(100 + size)));
    const image = shelf.image('big', ...layers);
    return { shelf, layers, image, root: shelf.index(image) };
  }

  test('copies the largest blobs first, and the manifests in order after all blobs', async () => {
    const { shelf, layers, image, root } = bigImage();
    const { repository, begun, ended } = notingRegistry({
      put: async () => {
        await setImmediate();
      },
    });
    await copyImages([await copyOf(shelf, root, repository('web'))]);
    const bySize = layers.map(({ digest }) => digest).reverse();
    expect(begun.slice(0, 7)).toEqual(bySize.slice(0, 7));
    expect(begun).toHaveLength(13);
    expect(begun.slice(-2)).toEqual([image.digest, root.digest]);
    expect(ended.slice(-2)).toEqual([image.digest, root.digest]);
  });

  test('copies nothing that already exists', async () => {
    const { shelf, layers, root } = bigImage();
    const { repository, begun } = notingRegistry();
    await copyImages([await copyOf(shelf, root, repository('web'), root)]);
    expect(begun).toEqual([]);
    const [transfer] = await copyImages([await copyOf(shelf, root, repository('web'), ...layers)]);
    expect(begun).toHaveLength(3);
    expect(transfer?.uploaded).toBe('config of big'.length);
  });

  test('starts no more requests after a blob fails, and waits for those under way', async () => {
    const { shelf, layers, root } = bigImage(40);
    const biggest = layers.at(-1)?.digest;
    const { repository, begun, ended } = notingRegistry({
      put: async ({ digest }) => {
        if (digest === biggest) throw new Error('the registry refused it');
        await setImmediate();
        await setImmediate();
      },
    });
    const copy = await copyOf(shelf, root, repository('web'));
    await expect(copyImages([copy])).rejects.toThrow('the registry refused it');
    expect(begun).toHaveLength(24);
    expect([...ended].sort()).toEqual([...begun].sort());
  });

  test('cancels all other requests when a blob fails, and waits for them', async () => {
    const { shelf, layers, root } = bigImage();
    const biggest = layers.at(-1)?.digest;
    const { repository, begun, ended } = notingRegistry({
      put: async ({ digest }, _, signal) => {
        if (digest === biggest) throw new Error('the registry refused it');
        await setTimeout(60_000, undefined, { signal });
      },
    });
    const copy = await copyOf(shelf, root, repository('web'));
    await expect(copyImages([copy])).rejects.toThrow('the registry refused it');
    expect([...ended].sort()).toEqual([...begun].sort());
  });

  test('cancels all requests when it is cancelled', async () => {
    const { shelf, root } = bigImage(40);
    const cancelled = new AbortController();
    const { repository, begun, ended } = notingRegistry({
      put: async (_blob, _repository, signal) => {
        cancelled.abort(new Error('cancelled'));
        await setTimeout(60_000, undefined, { signal });
      },
    });
    const copy = await copyOf(shelf, root, repository('web'));
    await expect(copyImages([copy], undefined, cancelled.signal)).rejects.toThrow(/cancelled|aborted/);
    expect(begun).toHaveLength(24);
    expect([...ended].sort()).toEqual([...begun].sort());
  });

  test('does not make small blobs wait behind large ones', async () => {
    const shelf = new Shelf();
    const large = Array.from({ length: 9 }, (_, index) => shelf.blobOf('x'.repeat(2 ** 20 + 1 + index)));
    const small = shelf.blobOf('small');
    const smallIsThere = Promise.withResolvers<undefined>();
    const { repository, begun } = notingRegistry({
      put: async ({ digest }) => {
        if (digest === small.digest) smallIsThere.resolve(undefined);
        await smallIsThere.promise;
      },
    });
    await copyImages([await copyOf(shelf, shelf.image('web', ...large, small), repository('web'))]);
    const bySize = large.map(({ digest }) => digest).reverse();
    expect(begun.filter((digest) => bySize.some((one) => one === digest))).toEqual(bySize);
    expect(begun.indexOf(small.digest)).toBeLessThan(9);
  });

  test('copies referrers after their subject', async () => {
    const shelf = new Shelf();
    const image = shelf.image('a');
    const manifests = [
      ...(await readManifests(shelf, image)),
      ...(await readManifests(shelf, shelf.referrer('sbom', image))),
    ];
    const { repository, ended } = notingRegistry();
    const graph = await surveyGraph(manifests, presence());
    await copyImages([{ graph, source: shelf, target: repository('web') }]);
    expect(ended.slice(2)).toEqual(manifests.map(({ digest }) => digest));
  });
});

describe('copying several images', () => {
  /** Copies three services with the same base. */
  async function services(registry: ReturnType<typeof notingRegistry>, ...has: readonly Descriptor[]) {
    const shelf = new Shelf();
    const base = shelf.blobOf('the base of all services');
    const images = ['a', 'b', 'c'].map((name) =>
      shelf.image(name, base, shelf.blobOf(`app ${name}`.repeat(9))),
    );
    const copies = await Promise.all(
      images.map((image, index) => copyOf(shelf, image, registry.repository(`team/${index}`), ...has)),
    );
    return { shelf, base, images, copies };
  }

  test('uploads shared blobs once, and mounts them if the registry supports it', async () => {
    const registry = notingRegistry();
    const { base, copies, images } = await services(registry);
    const transfers = await copyImages(copies);
    expect(registry.mounted.sort()).toEqual(['team/1 from team/0', 'team/2 from team/0']);
    expect(transfers.map(({ mounted }) => mounted)).toEqual([0, base.size, base.size]);
    // A mounted blob must belong to an image in the lender.
    const [first] = images;
    const last = registry.begun.lastIndexOf(base.digest);
    expect(registry.ended.indexOf(first?.digest ?? '')).toBeLessThan(last);
  });

  test('requests one mount from a registry that does not mount, and uploads everything', async () => {
    const registry = notingRegistry({ mounts: false });
    const { copies, base } = await services(registry);
    const transfers = await copyImages(copies);
    expect(transfers.map(({ mounted }) => mounted)).toEqual([0, 0, 0]);
    expect(registry.asked).toHaveLength(1);
    expect(registry.begun.filter((digest) => digest === base.digest)).toHaveLength(3);
  });

  test('lets no image wait for another one if the registry is known not to mount', async () => {
    const all = Promise.withResolvers<undefined>();
    let uploads = 0;
    const registry = notingRegistry({
      mounts: false,
      knows: () => Promise.resolve(false),
      // No upload ends before all three of the base have begun.
      put: async ({ digest }) => {
        if (digest === digestOf('the base of all services') && (uploads += 1) === 3) all.resolve(undefined);
        await all.promise;
      },
    });
    const { copies } = await services(registry);
    await copyImages(copies);
    expect(registry.asked).toEqual([]);
  });

  test('sends all mounts at once if the registry is known to mount', async () => {
    const registry = notingRegistry({ knows: () => Promise.resolve(true) });
    const { copies, base } = await services(registry);
    await copyImages(copies);
    expect(registry.mounted.sort()).toEqual(['team/1 from team/0', 'team/2 from team/0']);
    const [, second = 0, third = 0] = registry.begun.flatMap((digest, at) =>
      digest === base.digest ? [at] : [],
    );
    expect(third).toBe(second + 1);
  });

  test('does not ask whether the registry mounts if no image waits for another one', async () => {
    const registry = notingRegistry({
      knows: () => {
        throw new Error('it was asked');
      },
    });
    const shelf = new Shelf();
    await copyImages([
      await copyOf(shelf, shelf.image('a', shelf.blobOf('layer')), registry.repository('web')),
    ]);
    expect(registry.asked).toEqual([]);
  });

  test('mounts from the source if it is in the same registry', async () => {
    const registry = notingRegistry();
    const shelf = Object.assign(new Shelf(), {
      ref: { host: 'registry.example', repository: 'team/source' },
    });
    await copyImages([
      await copyOf(shelf, shelf.image('a', shelf.blobOf('layer')), registry.repository('team/target')),
    ]);
    expect(new Set(registry.mounted)).toEqual(new Set(['team/target from team/source']));
  });

  test('uploads a blob once into a repository that several images use', async () => {
    const registry = notingRegistry();
    const shelf = new Shelf();
    const base = shelf.blobOf('base');
    const target = registry.repository('team/all');
    await copyImages([
      await copyOf(shelf, shelf.image('a', base), target),
      await copyOf(shelf, shelf.image('b', base), target),
    ]);
    expect(registry.begun.filter((digest) => digest === base.digest)).toHaveLength(1);
  });

  /** Marks the manifest of each image as last, with a tag. */
  function tagged(copies: readonly ImageCopy[]): readonly ImageCopy[] {
    return copies.map((copy, index) => ({
      ...copy,
      graph: {
        ...copy.graph,
        manifests: copy.graph.manifests.map((move) => ({ ...move, tag: `v${index}`, isLast: true })),
      },
    }));
  }

  test('stores last manifests with their tags after all other content of all images', async () => {
    const registry = notingRegistry({ knows: () => Promise.resolve(false), mounts: false });
    const { copies, base } = await services(registry);
    const transfers = await copyImages(tagged(copies));
    expect(transfers.map((one) => one.tagged)).toEqual([['v0'], ['v1'], ['v2']]);
    expect(registry.begun.slice(-3).sort()).toEqual(['v0', 'v1', 'v2']);
    expect(registry.ended.slice(0, -3)).toHaveLength(9);
    expect(registry.begun.filter((digest) => digest === base.digest)).toHaveLength(3);
  });

  test('stores the image that others mount from without its tag, and before theirs', async () => {
    const registry = notingRegistry();
    const { copies, images } = await services(registry);
    const transfers = await copyImages(tagged(copies));
    expect(transfers.map((one) => one.tagged)).toEqual([[], ['v1'], ['v2']]);
    expect(registry.mounted).toHaveLength(2);
    expect(registry.begun).toContain(images[0]?.digest);
    expect(registry.begun.slice(-2).sort()).toEqual(['v1', 'v2']);
  });

  test.each([true, false])('sets no tag if the content of one image fails (mounting: %s)', async (mounts) => {
    const registry = notingRegistry({
      mounts,
      put: ({ size }) =>
        size === 'config of c'.length ? Promise.reject(new Error('refused')) : setImmediate(),
    });
    const { copies } = await services(registry);
    await expect(copyImages(tagged(copies))).rejects.toThrow('refused');
    expect(registry.begun.filter((name) => name.startsWith('v'))).toEqual([]);
  });

  test('ends at once if it was cancelled before it began, although one image lacks only its last manifest', async () => {
    const registry = notingRegistry();
    const { copies } = await services(registry);
    const [first, ...others] = tagged(copies);
    if (first === undefined) throw new Error('there are images');
    const blobs = first.graph.blobs.map((blob) => ({ ...blob, present: true }));
    const ready = { ...first, graph: { ...first.graph, blobs } };
    const copying = copyImages([ready, ...others], undefined, AbortSignal.abort(new Error('cancelled')));
    await expect(copying).rejects.toThrow('cancelled');
    expect(registry.begun).toEqual([]);
  });

  test('reports each complete image, and no incomplete one', async () => {
    const failing = digestOf('config of b');
    const placed: string[] = [];
    const both = Promise.withResolvers<undefined>();
    const registry = notingRegistry({
      put: async ({ digest }) => {
        if (digest !== failing) return;
        await both.promise;
        throw new Error('no');
      },
      mounts: false,
    });
    const { copies } = await services(registry);
    const copying = copyImages(copies, ({ target }) => {
      placed.push(target.ref.repository);
      if (placed.length === 2) both.resolve(undefined);
    });
    await expect(copying).rejects.toThrow('no');
    expect(placed.sort()).toEqual(['team/0', 'team/2']);
  });
});
