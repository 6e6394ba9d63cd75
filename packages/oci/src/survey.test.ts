import { describe, expect, test } from '@jest/globals';
import { digestOf } from '@towpath/reference';
import type { Descriptor } from './descriptor.ts';
import { presence, Shelf } from './harness/shelf.ts';
import { readManifests, surveyGraph, type Graph, type Presence } from './survey.ts';

async function survey(shelf: Shelf, root: Descriptor, has: Presence): Promise<Graph> {
  return surveyGraph(await readManifests(shelf, root), has);
}

describe('the survey of an image', () => {
  test('finds every manifest once, children before parents, for any shape', async () => {
    const shelf = new Shelf();
    const [a, b] = [shelf.image('a'), shelf.image('b')];
    const inner = shelf.index(a, b);
    // The root lists the inner index after its children, and twice.
    const root = shelf.index(b, inner, a, inner);
    const { manifests } = await survey(shelf, root, presence());
    const order = manifests.map(({ manifest }) => manifest.digest);
    expect(new Set(order)).toEqual(new Set([a, b, inner, root].map(({ digest }) => digest)));
    expect(order).toHaveLength(4);
    expect(order.slice(2)).toEqual([inner.digest, root.digest]);
    expect(shelf.reads).toHaveLength(4);
  });

  test('finishes for indexes whose paths double at each level', async () => {
    const shelf = new Shelf();
    let root = shelf.image('a');
    for (let floor = 0; floor < 4; floor += 1) root = shelf.index(root, root);
    const { manifests } = await survey(shelf, root, presence());
    expect(manifests).toHaveLength(5);
  });

  test('finds and checks every blob once', async () => {
    const shelf = new Shelf();
    const base = shelf.blobOf('base');
    const [only, twice] = [shelf.blobOf('only'), shelf.blobOf('twice')];
    const root = shelf.index(shelf.image('a', base, only), shelf.image('b', base, twice, twice));
    const asked = presence(only);
    const { blobs } = await survey(shelf, root, asked);
    expect(blobs).toHaveLength(5);
    expect(blobs.filter(({ present }) => present).map(({ descriptor }) => descriptor)).toEqual([only]);
    expect(asked.asked.map((some) => some.length)).toEqual([5]);
  });

  test('checks nothing below an existing root', async () => {
    const shelf = new Shelf();
    const root = shelf.index(shelf.image('a', shelf.blobOf('base')));
    const asked = presence(root);
    const { manifests, blobs } = await survey(shelf, root, asked);
    expect([...manifests, ...blobs].map(({ present }) => present)).toEqual([true, true, true, true]);
    expect(asked.asked).toEqual([]);
  });

  test('checks nothing below an existing child, except what another child needs', async () => {
    const shelf = new Shelf();
    const [shared, own, other] = ['shared', 'own', 'other'].map((content) => shelf.blobOf(content)) as [
      Descriptor,
      Descriptor,
      Descriptor,
    ];
    const [there, missing] = [shelf.image('there', shared, own), shelf.image('missing', shared, other)];
    const asked = presence(there);
    const { manifests, blobs } = await survey(shelf, shelf.index(there, missing), asked);
    expect(manifests.map(({ present }) => present)).toEqual([true, false, false]);
    const lacks = blobs.filter(({ present }) => !present).map(({ descriptor }) => descriptor.digest);
    expect(new Set(lacks)).toEqual(new Set([shared.digest, digestOf('config of missing'), other.digest]));
    expect(asked.asked.flat()).not.toContain(own.digest);
  });

  test('omits the layers that registries do not store', async () => {
    const shelf = new Shelf();
    const foreign = shelf.blobOf('windows', 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip');
    const { blobs } = await survey(shelf, shelf.image('a', foreign), presence());
    expect(blobs.map(({ descriptor }) => descriptor.digest)).toEqual([digestOf('config of a')]);
  });
});
