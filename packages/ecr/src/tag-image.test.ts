import { describe, expect, test } from '@jest/globals';
import { Layout } from '@towpath/oci';
import { makeImageSet, scenario, temporaryFolder, type Scenario } from '@towpath/testing';
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

/** A repository with two images, and the first of them by its tag. */
async function stand(mutability: 'IMMUTABLE' | 'MUTABLE' = 'IMMUTABLE') {
  const scene = await scenario();
  await scene.shared.createRepository('team/a', mutability);
  await scene.publish('team/a', 'one', { name: 'a', content: 'one' });
  await scene.publish('team/a', 'two', { name: 'a', content: 'two' });
  const registry = registryOf(scene);
  const found = await findImages(registry, 'team/a', ['one', 'two']);
  const [one, two] = [found.get('one'), found.get('two')];
  if (one === undefined || two === undefined) throw new Error('both were published');
  return { scene, registry, one, two };
}

describe('a tag', () => {
  test('is put where nothing has it', async () => {
    const { scene, registry, one } = await stand();
    expect(await tagImage(registry, 'team/a', one, 'new')).toBe('put');
    expect(await scene.shared.digestOf('team/a', 'new')).toBe(one.digest);
  });

  test('that names the image already is there', async () => {
    const { registry, one } = await stand();
    expect(await tagImage(registry, 'team/a', one, 'one')).toBe('there');
  });

  test('that is immutable and names another image is a conflict that names both', async () => {
    const { registry, one, two } = await stand();
    await expect(tagImage(registry, 'team/a', one, 'two')).rejects.toMatchObject({
      code: 'tag-conflict',
      message: expect.stringMatching(new RegExp(`${two.digest}.*${one.digest}`)) as unknown,
    });
  });

  test('that may move does', async () => {
    const { scene, registry, one } = await stand('MUTABLE');
    expect(await tagImage(registry, 'team/a', one, 'two')).toBe('put');
    expect(await scene.shared.digestOf('team/a', 'two')).toBe(one.digest);
  });

  test('is not put on what the repository has not', async () => {
    const { registry } = await stand();
    const layout = new Layout(temporaryFolder());
    const [image] = await makeImageSet(layout.folder, [{ name: 'stranger' }]);
    if (image === undefined) throw new Error('an image was drafted');
    const manifest = await layout.manifest(image);
    await expect(tagImage(registry, 'team/a', manifest, 'new')).rejects.toMatchObject({
      code: 'outside-failed',
    });
  });
});

describe('whether a tag is locked', () => {
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
