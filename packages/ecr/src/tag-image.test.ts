import { describe, expect, test } from '@jest/globals';
import { Layout } from '@towpath/oci';
import { makeImageSet, scenario, temporaryFolder, type Scenario } from '@towpath/testing';
import { setTimeout } from 'node:timers/promises';
import { Aws, type EcrRegistry } from './aws.ts';
import { findImages } from './images.ts';
import { isTagLocked, type Mutability } from './mutability.ts';
import { tagImage } from './tag-image.ts';

function registryOf({ shared, emulator }: Scenario): EcrRegistry {
  return new Aws({ env: { ...shared.credentials, AWS_ENDPOINT_URL: emulator.api } }).registry({
    kind: 'private',
    account: shared.id,
    region: 'us-east-1',
    host: shared.host,
  });
}

/** Creates a repository with two images, tagged one and two. */
async function twoImages(mutability: 'IMMUTABLE' | 'MUTABLE' = 'IMMUTABLE') {
  const scene = await scenario();
  await scene.shared.createRepository('team/a', mutability);
  await scene.publish('team/a', 'one', { name: 'a', content: 'one' });
  await scene.publish('team/a', 'two', { name: 'a', content: 'two' });
  const registry = registryOf(scene);
  const found = await findImages(registry, 'team/a', ['one', 'two']);
  const [one, two] = [found.get('one'), found.get('two')];
  if (one === undefined || two === undefined) throw new Error('an image is missing');
  return { scene, registry, one, two };
}

describe('tagImage', () => {
  test('sets a new tag', async () => {
    const { scene, registry, one } = await twoImages();
    expect(await tagImage(registry, 'team/a', one, 'new')).toBe('put');
    expect(await scene.shared.digestOf('team/a', 'new')).toBe(one.digest);
  });

  test('reports a tag that already points to the image', async () => {
    const { registry, one } = await twoImages();
    expect(await tagImage(registry, 'team/a', one, 'one')).toBe('there');
  });

  test('reports both digests if an immutable tag points to another image', async () => {
    const { registry, one, two } = await twoImages();
    await expect(tagImage(registry, 'team/a', one, 'two')).rejects.toMatchObject({
      code: 'tag-conflict',
      message: expect.stringMatching(new RegExp(`${two.digest}.*${one.digest}`)) as unknown,
    });
  });

  test('moves a mutable tag', async () => {
    const { scene, registry, one } = await twoImages('MUTABLE');
    expect(await tagImage(registry, 'team/a', one, 'two')).toBe('put');
    expect(await scene.shared.digestOf('team/a', 'two')).toBe(one.digest);
  });

  test('sets a moving tag again if another run moves it after ECR answered that it names the image', async () => {
    const { scene, registry, one, two } = await twoImages('MUTABLE');
    await tagImage(registry, 'team/a', one, 'latest');
    scene.emulator.clearRequests();
    scene.emulator.addFault({ kind: 'stall', operation: 'ecr:BatchGetImage', nth: 1, forMs: 300 });
    const again = tagImage(registry, 'team/a', one, 'latest', true);
    while (scene.emulator.requests.length < 2) await setTimeout(5);
    await tagImage(registry, 'team/a', two, 'latest', true);
    expect(await again).toBe('put');
    expect(await scene.shared.digestOf('team/a', 'latest')).toBe(one.digest);
  });

  test('does not tag an image that is missing in the repository', async () => {
    const { registry } = await twoImages();
    const layout = new Layout(temporaryFolder());
    const [image] = await makeImageSet(layout.folder, [{ name: 'missing' }]);
    if (image === undefined) throw new Error('no image was created');
    const manifest = await layout.manifest(image);
    await expect(tagImage(registry, 'team/a', manifest, 'new')).rejects.toMatchObject({
      code: 'outside-failed',
    });
  });
});

describe('isTagLocked', () => {
  const cases: { mutability: Mutability; exclusions?: string[]; tag: string; locked: boolean }[] = [
    { mutability: 'MUTABLE', tag: 'latest', locked: false },
    { mutability: 'IMMUTABLE', tag: 'latest', locked: true },
    { mutability: 'IMMUTABLE_WITH_EXCLUSION', exclusions: ['latest'], tag: 'latest', locked: false },
    { mutability: 'IMMUTABLE_WITH_EXCLUSION', exclusions: ['latest'], tag: 'latest-1', locked: true },
    { mutability: 'IMMUTABLE_WITH_EXCLUSION', exclusions: ['pr-*'], tag: 'pr-7', locked: false },
    { mutability: 'IMMUTABLE_WITH_EXCLUSION', exclusions: ['1.*'], tag: '1x0', locked: true },
    { mutability: 'MUTABLE_WITH_EXCLUSION', exclusions: ['v*'], tag: 'v1', locked: true },
    { mutability: 'MUTABLE_WITH_EXCLUSION', exclusions: ['v*'], tag: 'main', locked: false },
  ];
  test.each(cases)(
    '$mutability $exclusions $tag: $locked',
    ({ mutability, exclusions = [], tag, locked }) => {
      expect(isTagLocked(tag, { mutability, exclusions })).toBe(locked);
    },
  );
});
