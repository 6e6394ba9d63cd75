import { expect, test } from '@jest/globals';
import { scenario, type Play } from '@towpath/testing';
import { publish } from './action.ts';

async function publishFrom(play: Play) {
  const scene = await scenario();
  await scene.shared.createRepository('web');
  const ending = await scene.play(publish, { imageSet: [{ name: 'web' }], ...play });
  return { ...ending, tags: await scene.shared.tags('web') };
}

test('needs no checkout if image-name names the image of a repository without a configuration', async () => {
  const { codes, tags } = await publishFrom({ given: { version: '1.0.0', 'image-name': 'web' } });
  expect([codes, tags]).toEqual([[], ['build-1.0.0']]);
});

test('does not mistake a downloaded image set for a checkout', async () => {
  const files = { 'image-set/images.json': '{}' };
  const { codes, annotations, tags } = await publishFrom({ given: { version: '1.0.0' }, files });
  expect([codes, tags]).toEqual([['config-missing'], []]);
  expect(annotations[0]?.message).toMatch(
    /^There is no configuration and no checkout in .* Run actions\/checkout/,
  );
});

test('finds the Dockerfile with the same inputs as build', async () => {
  const files = { 'docker/web.Dockerfile': 'FROM scratch\nCOPY docker /\n' };
  const given = { version: '1.0.0', 'image-name': 'web', dockerfile: 'docker/web.Dockerfile' };
  expect((await publishFrom({ given, files })).codes).toEqual([]);
  const missing = await publishFrom({ given: { ...given, dockerfile: 'docker/wbe.Dockerfile' }, files });
  expect(missing.codes).toEqual(['config-missing']);
});
